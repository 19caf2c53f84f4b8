import { about, commands } from '../commands.ts'
import type { Reasons } from '../words.ts'

export const reasons: Reasons = {
  ends: {
    Rejected: {
      sentence: 'The renewal was rejected, so nothing was restarted.',
      mend: 'Decide who renews the certificate before it expires; it is asked about again only if something about it changes.',
    },
    ApprovalLapsed: {
      sentence: 'The approval was no longer valid when the renewal could have run.',
      mend: 'Answer the new request when it comes; if it comes too late, run Update Validity in the console.',
    },
    PromiseChanged: {
      sentence: 'What was approved is no longer true: the restart, the window or the update value has changed.',
      mend: 'Look at the change, and answer the new request.',
    },
    ApprovalNeeded: {
      sentence: 'The policy approved it by itself, and asks a person about this instance now.',
      mend: 'Answer the new request when it comes.',
    },
    EndpointMoved: {
      sentence: 'Encryption now protects another endpoint than the one that was approved.',
      mend: 'Check that the new endpoint is wanted, and answer the new request.',
    },
    EncryptionOff: {
      sentence: 'Encryption is off on this instance, so there is no certificate to renew.',
      mend: 'Turn SSL on in the console if clients need it.',
    },
    CustomCertificate: {
      sentence: 'The instance has a certificate of your own, which Update Validity could replace.',
      mend: 'Renew it where it was issued, and upload it in the console.',
    },
    PossiblyCustom: {
      sentence: 'It is not certain that Alibaba Cloud issued this certificate, so it was not touched.',
      mend: `If Alibaba Cloud did, say so in policy.yaml (certificate: aliyun), then ${commands.pushPolicy}.`,
    },
    NotSupported: {
      sentence: 'The certificate of this engine or edition cannot be renewed through the API.',
      mend: 'Follow the manual of that engine, or move the application off the encrypted endpoint.',
    },
    InstanceGone: {
      sentence: 'The instance no longer exists.',
      mend: 'Nothing to do if it was released on purpose.',
    },
    RefusedByService: {
      sentence: 'ApsaraDB refused the update, and would refuse it again.',
      mend: 'Read the code in the detail, put right what it names, and let the next plan ask again.',
    },
    Abandoned: {
      sentence: 'A person gave this renewal up.',
      mend: 'Check in the console which certificate the instance serves.',
    },
  },
  attention: {
    Refused: {
      title: 'A renewal ended without being done',
      sentence: 'A rule refused a renewal. The certificate still expires.',
      mend: 'Read the detail, and put right what it names.',
    },
    Lapsed: {
      title: 'Nobody answered in time',
      sentence: 'A request lapsed. Silence never approves, so nothing was renewed.',
      mend: 'Answer the next request, or run Update Validity in the console before the certificate expires.',
    },
    Failed: {
      title: 'A renewal failed',
      sentence: 'Update Validity did not take effect.',
      mend: 'Look at the instance in the console; the detail has the code of the service.',
    },
    Halted: {
      title: 'All restarts are halted',
      sentence: 'Too many renewals failed within 24 hours. Nothing is restarted until a person resumes.',
      mend: `Find the cause, then ${commands.resume}.`,
    },
    Drift: {
      title: 'An endpoint serves another certificate',
      sentence: 'The weekly look found something else than what was proven.',
      mend: 'Find out who changed it, and that applications trust it.',
    },
    ExpiryNear: {
      title: 'A certificate is about to expire',
      sentence: 'Encrypted connections fail when it does.',
      mend: 'Answer the open request now, or run Update Validity in the console.',
    },
    ScanMissing: {
      title: 'No complete scan for 36 hours',
      sentence: 'Nobody knows which certificates end next.',
      mend: 'See in the log of check-expiry whether its timer is on, its role may read RDS, or it ran out of time.',
    },
    QueuesFail: {
      title: 'Nothing can be put into the queues',
      sentence: 'Until it can, nothing is asked, renewed or proven.',
      mend: 'See whether the queues are there, and whether the role of check-expiry may send to them.',
    },
    ScanIncomplete: {
      title: 'The scan did not see every instance',
      sentence: 'A certificate that was not seen may expire unnoticed.',
      mend: 'Put right the access or the region in the detail; the next scan tries again.',
    },
    IssuerUnseen: {
      title: 'Not renewed yet: whose certificate is it?',
      sentence:
        'The service does not say who issued the certificate, and no probe reached the endpoint to see; a certificate of your own is never replaced.',
      mend: 'Give the VPC a probe function, and put its vSwitch on the instance’s allowlist; or state certificate: aliyun in policy.yaml.',
    },
    Unreached: {
      title: 'Renewed, but not proven',
      sentence: 'No probe reached the endpoint, so nobody knows yet what it serves.',
      mend: 'Give the VPC a probe function, and put its vSwitch on the instance’s allowlist.',
    },
    Refuted: {
      title: 'The new certificate is not what is served',
      sentence: 'A handshake refuted the renewal, and restarts are halted.',
      mend: `Check the endpoint in the console, or open a ticket with Alibaba Cloud; then ${commands.resume}.`,
    },
    Stuck: {
      title: 'A restart does not end',
      sentence: 'The restart has shown no end for two hours. It keeps its place, so that nothing restarts beside it.',
      mend: `Look at the instance in the console; type ${commands.abandon} ${about} once you know its fate.`,
    },
    NotRenewedHere: {
      title: 'Certificates that this product does not renew',
      sentence: 'Certificates of database proxies are about to expire. They are separate from those of the instances.',
      mend: 'Update each in the console, on the instance’s Database Proxy page; that restarts the proxy.',
    },
    SettingsChanged: {
      title: 'An update changed more than the certificate',
      sentence:
        'Update Validity sent every TLS setting back as it was read. The service now tells another one, and clients may be refused.',
      mend: 'Compare the setting with what you want, and set it again in the console, inside the maintenance window: that may restart the instance.',
    },
    VendorTaskLeft: {
      title: 'Alibaba Cloud will restart it once more',
      sentence: 'The certificate is renewed, and a task of Alibaba Cloud that was planned for the old one is left over.',
      mend: 'Cancel it in the console (Scheduled Events) or move it into the maintenance window; where neither can be, expect the restart at that time.',
    },
    Test: {
      title: 'This is a test',
      sentence: 'Somebody tried whether this channel is reached. It is.',
      mend: 'Nothing to do.',
    },
    BundleRefused: {
      title: 'A new trust bundle was not published',
      sentence:
        'Published, it would have broken an endpoint that verifies today, or changed a root. Applications keep the bundle they have, and no restart begins meanwhile.',
      mend: `Compare the roots by their SHA-256 fingerprints with what Alibaba Cloud announced; type ${commands.acceptBundle(about)} where they are right, else ask Alibaba Cloud.`,
    },
  },
  waits: {
    Issuer: 'waits until it is known who issued the certificate: no probe reaches the endpoint',
    MaintenanceWindow: 'waits for the maintenance window',
    Slot: 'waits until another restart has ended',
    Restart: 'restarts now',
    Resume: 'waits until a person resumes',
    Act: 'waits, because the policy only observes',
    Running: 'waits until the instance is running',
    VendorTask: 'waits for a task of Alibaba Cloud that renews it',
    Bundle: 'waits until the trust bundle has been checked',
  },
  noPermission: {
    NoSuchPlan: 'No plan asks for this renewal.',
    NotAnswered: 'Nobody has answered for this renewal yet.',
    Rejected: 'The answer was no.',
    Lapsed: 'The time for an answer is over.',
  },
  problems: {
    Expired: {
      title: 'This link has expired',
      sentence: 'The time for this answer is over, and nothing was changed.',
      mend: 'Use the link in the newest card.',
    },
    Malformed: {
      title: 'This link is not complete',
      sentence: 'The link was cut off or changed on its way.',
      mend: 'Open it from the card itself instead of a copy.',
    },
    BadSignature: {
      title: 'This link is not valid',
      sentence: 'The link was not made here, or the key has changed since.',
      mend: 'Use the link in the newest card.',
    },
    NoDecision: {
      title: 'Approve or reject?',
      sentence: 'The answer said neither, so nothing was recorded.',
      mend: 'Use one of the two buttons.',
    },
    NothingChosen: {
      title: 'No instance is checked',
      sentence: 'An answer needs at least one instance, so nothing was recorded.',
      mend: 'Check the instances that you answer for.',
    },
    UnknownItem: {
      title: 'The answer does not fit this plan',
      sentence: 'It names an instance that the plan does not have, so nothing was recorded.',
      mend: 'Open the page again from the card.',
    },
    NoCount: {
      title: 'The number is missing',
      sentence: 'The number of instances has to be typed, so nothing was recorded.',
      mend: 'Type the number of instances that are checked, in digits.',
    },
    WrongCount: {
      title: 'The number is not the number of checked instances',
      sentence: 'Nothing was recorded.',
      mend: 'Compare the checked instances with what you mean, and type their number.',
    },
    NoToken: {
      title: 'This page opens from a card',
      sentence: 'Without its link it cannot know which plan you mean.',
      mend: 'Open the link in the card that asked you.',
    },
    UnknownPlan: {
      title: 'There is no such plan',
      sentence: 'The link is genuine, but its plan is not in the journal.',
      mend: 'Check that the card comes from this deployment.',
    },
    AlreadyAnswered: {
      title: 'This has been answered already',
      sentence: 'Somebody answered for these instances before you; that answer stands.',
      mend: 'Open the plan to see who answered what.',
    },
    Lapsed: {
      title: 'This plan has lapsed',
      sentence: 'Nobody answered in time, and silence never approves: nothing was renewed.',
      mend: 'Wait for the next request, or run Update Validity in the console if the certificate expires before.',
    },
    TooLarge: {
      title: 'The answer is too large',
      sentence: 'More was sent than this form can hold, so nothing was recorded.',
      mend: 'Open the page again from the card.',
    },
    BadMethod: {
      title: 'The page does not do that',
      sentence: 'It shows a plan and takes one answer.',
      mend: 'Open the link in the card.',
    },
    TryAgain: {
      title: 'The answer could not be recorded',
      sentence: 'The journal did not reply, so it is not certain that the answer was recorded.',
      mend: 'Open the plan again: it shows every answer that counts.',
    },
  },
}
