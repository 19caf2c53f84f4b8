import { about, commands } from '../commands.ts'
import type { Reasons } from '../words.ts'

export const reasons: Reasons = {
  ends: {
    Rejected: {
      sentence: '该续期已被拒绝，没有重启任何实例。',
      mend: '请在证书到期前确定由谁更新；除非情况有变，系统不会再次询问。',
    },
    ApprovalLapsed: {
      sentence: '等到可以执行时，批准已经失效。',
      mend: '请答复新的审批请求；如果来不及，请在控制台手动更新有效期。',
    },
    PromiseChanged: {
      sentence: '批准时的条件已经变化：是否重启、可维护时间段或更新参数与当时不同。',
      mend: '请查看变化内容，并答复新的审批请求。',
    },
    ApprovalNeeded: {
      sentence: '策略曾自动批准此项更新，但现在要求由人工审批该实例。',
      mend: '收到新的审批请求后请作答。',
    },
    EndpointMoved: {
      sentence: 'SSL 加密现在保护的连接地址与批准时不同。',
      mend: '请确认新的连接地址符合预期，并答复新的审批请求。',
    },
    EncryptionOff: {
      sentence: '该实例未开启 SSL 加密，没有证书可更新。',
      mend: '如果客户端需要加密连接，请在控制台开启 SSL。',
    },
    CustomCertificate: {
      sentence: '该实例使用自定义证书，更新有效期可能会将其替换。',
      mend: '请向原签发机构续签，并在控制台上传。',
    },
    PossiblyCustom: {
      sentence: '无法确定该证书由阿里云签发，因此未做任何改动。',
      mend: `如果确实由阿里云签发，请在 policy.yaml 中写明（certificate: aliyun），然后执行 ${commands.pushPolicy}。`,
    },
    NotSupported: {
      sentence: '该引擎或版本的证书不能通过 API 更新。',
      mend: '请参照该引擎的手册处理，或让应用不再使用加密连接地址。',
    },
    InstanceGone: {
      sentence: '该实例已不存在。',
      mend: '如果是主动释放，则无需处理。',
    },
    RefusedByService: {
      sentence: 'RDS 拒绝了本次更新，重试也会被拒绝。',
      mend: '请查看详情中的错误码并排除原因，下一个计划会再次询问。',
    },
    Abandoned: {
      sentence: '该续期已被人工放弃。',
      mend: '请在控制台确认该实例当前使用的证书。',
    },
  },
  attention: {
    Refused: {
      title: '一项续期未执行即结束',
      sentence: '有规则拒绝了该续期，证书仍会到期。',
      mend: '请查看详情并排除原因。',
    },
    Lapsed: {
      title: '审批超时，无人答复',
      sentence: '审批请求已失效。不答复不等于批准，因此没有更新任何证书。',
      mend: '请答复下一个请求，或在证书到期前到控制台手动更新有效期。',
    },
    Failed: {
      title: '一项续期失败',
      sentence: '更新有效期没有生效。',
      mend: '请在控制台查看该实例；详情中有服务返回的错误码。',
    },
    Halted: {
      title: '所有重启已暂停',
      sentence: '24 小时内失败次数过多。在人工恢复之前，不会重启任何实例。',
      mend: `请查明原因，然后执行 ${commands.resume}。`,
    },
    Drift: {
      title: '连接地址上的证书已变化',
      sentence: '每周巡检发现，实际使用的证书与已验证的不一致。',
      mend: '请查明是谁做的更改，并确认应用信任该证书。',
    },
    ExpiryNear: {
      title: '证书即将到期',
      sentence: '到期后，加密连接将会失败。',
      mend: '请立即答复待处理的请求，或到控制台手动更新有效期。',
    },
    ScanMissing: {
      title: '36 小时内没有完整的扫描',
      sentence: '目前无法得知哪些证书即将到期。',
      mend: '请查看 check-expiry 的日志：定时触发器是否启用、角色能否读取 RDS、是否超时。',
    },
    QueuesFail: {
      title: '无法向队列写入消息',
      sentence: '恢复之前，不会发起审批、更新或验证。',
      mend: '请确认队列存在，且 check-expiry 的角色有发送权限。',
    },
    ScanIncomplete: {
      title: '扫描未覆盖所有实例',
      sentence: '未扫描到的证书可能在无人察觉时到期。',
      mend: '请修正详情中的权限或地域问题；下次扫描会重试。',
    },
    IssuerUnseen: {
      title: '尚未更新：无法确认证书的签发者',
      sentence: '服务未说明证书由谁签发，也没有探测函数能连到该地址查看；自有证书绝不会被替换。',
      mend: '请为该 VPC 配置探测函数，并把其交换机网段加入实例的白名单；或在 policy.yaml 中声明 certificate: aliyun。',
    },
    Unreached: {
      title: '已更新，尚未验证',
      sentence: '没有探测函数能连到该地址，因此还不知道它实际使用的证书。',
      mend: '请为该 VPC 配置探测函数，并把其交换机网段加入实例的白名单。',
    },
    Refuted: {
      title: '实际使用的不是新证书',
      sentence: '握手结果否定了本次续期，重启已暂停。',
      mend: `请在控制台检查该连接地址，或向阿里云提交工单；然后执行 ${commands.resume}。`,
    },
    Stuck: {
      title: '重启迟迟没有结束',
      sentence: '重启两小时仍未结束。它会继续占用名额，以免其他实例同时重启。',
      mend: `请在控制台查看该实例；确认结果后执行 ${commands.abandon} ${about} 即可。`,
    },
    NotRenewedHere: {
      title: '本产品不续期的证书',
      sentence: '数据库代理的证书即将到期。它们与实例的证书是分开的。',
      mend: '请到控制台该实例的“数据库代理”页面逐一更新；更新会重启代理。',
    },
    SettingsChanged: {
      title: '更新不只改变了证书',
      sentence: '更新有效期时已将读到的每项 TLS 设置原样送回，但服务现在显示其中有设置不同，客户端可能因此被拒绝。',
      mend: '请核对该设置是否符合预期，并在可维护时间段内到控制台重新设置；这可能会重启实例。',
    },
    VendorTaskLeft: {
      title: '阿里云还会再重启一次',
      sentence: '证书已更新，但阿里云为旧证书安排的任务仍未取消。',
      mend: '请在控制台“计划内事件”中取消该任务，或将其改到可维护时间段；若都不允许，请为该时间的重启做好准备。',
    },
    Test: {
      title: '测试消息',
      sentence: '有人在检查本渠道能否收到消息：能收到。',
      mend: '无需处理。',
    },
    BundleRefused: {
      title: '新的 CA 证书包未发布',
      sentence: '如果发布，会使目前能通过校验的连接地址失效，或会更换根证书。应用继续使用现有的证书包；在此期间不会开始任何重启。',
      mend: `请将根证书的 SHA-256 指纹与阿里云公告进行核对。核对无误后执行 ${commands.acceptBundle(about)} ，否则请咨询阿里云。`,
    },
  },
  waits: {
    Issuer: '等待确认证书签发者：没有探测函数能连上该连接地址',
    MaintenanceWindow: '等待可维护时间段',
    Slot: '等待其他实例重启结束',
    Restart: '正在重启',
    Resume: '等待人工恢复',
    Act: '等待中：当前策略只观察、不执行',
    Running: '等待实例恢复运行',
    VendorTask: '等待阿里云自身的更新任务',
    Bundle: '等待 CA 证书包检查完成',
  },
  noPermission: {
    NoSuchPlan: '没有任何计划包含该续期。',
    NotAnswered: '该续期尚无人答复。',
    Rejected: '该续期已被拒绝。',
    Lapsed: '答复时间已过。',
  },
  problems: {
    Expired: {
      title: '链接已过期',
      sentence: '答复时间已过，没有任何改动。',
      mend: '请使用最新卡片中的链接。',
    },
    Malformed: {
      title: '链接不完整',
      sentence: '链接在传递过程中被截断或改动。',
      mend: '请直接从卡片打开，不要使用复制的链接。',
    },
    BadSignature: {
      title: '链接无效',
      sentence: '该链接并非由本系统生成，或密钥已更换。',
      mend: '请使用最新卡片中的链接。',
    },
    NoDecision: {
      title: '批准还是拒绝？',
      sentence: '答复中两者都没有，因此没有记录。',
      mend: '请点击两个按钮之一。',
    },
    NothingChosen: {
      title: '没有勾选任何实例',
      sentence: '答复至少需要勾选一个实例，因此没有记录。',
      mend: '请勾选您要答复的实例。',
    },
    UnknownItem: {
      title: '答复与该计划不符',
      sentence: '答复中有计划以外的实例，因此没有记录。',
      mend: '请从卡片重新打开页面。',
    },
    NoCount: {
      title: '缺少实例数量',
      sentence: '必须输入实例数量，因此没有记录。',
      mend: '请用数字输入已勾选的实例数量。',
    },
    WrongCount: {
      title: '输入的数量与勾选的实例数量不一致',
      sentence: '没有记录任何答复。',
      mend: '请核对已勾选的实例，并输入其数量。',
    },
    NoToken: {
      title: '请从卡片打开此页面',
      sentence: '没有链接中的信息，页面无法得知是哪个计划。',
      mend: '请打开审批卡片中的链接。',
    },
    UnknownPlan: {
      title: '没有该计划',
      sentence: '链接有效，但日志中没有对应的计划。',
      mend: '请确认卡片来自当前部署。',
    },
    AlreadyAnswered: {
      title: '已有人答复',
      sentence: '在您之前已有人答复这些实例，以先前的答复为准。',
      mend: '请打开计划查看答复记录。',
    },
    Lapsed: {
      title: '该计划已失效',
      sentence: '无人按时答复；不答复不等于批准，因此没有更新任何证书。',
      mend: '请等待下一个请求；如果证书在此之前到期，请到控制台手动更新有效期。',
    },
    TooLarge: {
      title: '提交的内容过大',
      sentence: '提交的内容超出表单上限，因此没有记录。',
      mend: '请从卡片重新打开页面。',
    },
    BadMethod: {
      title: '页面不支持该操作',
      sentence: '此页面只用于查看计划和提交答复。',
      mend: '请打开卡片中的链接。',
    },
    TryAgain: {
      title: '未能记录答复',
      sentence: '日志存储没有响应，无法确定答复是否已记录。',
      mend: '请重新打开计划，其中列出所有有效的答复。',
    },
  },
}
