import type { Words } from '../words.ts'
import { reasons } from './zh-reasons.ts'

const units = { days: '天', hours: '小时', minutes: '分钟' } as const

export const zh: Words = {
  name: '中文',
  tag: 'zh-CN',
  gap: '',
  ...reasons,
  times: {
    away: ({ past, count, unit }) => {
      if (count === 0) return past ? '刚刚' : '不到 1 分钟'
      return past ? `${count} ${units[unit]}前` : `剩余 ${count} ${units[unit]}`
    },
  },
  impact: {
    restarts: window => `重启约 1–5 分钟（${window} 之间）`,
    restartBadge: '会重启',
    restartSpan: window => `约 1–5 分钟（${window} 之间）`,
    runsOn: '不重启',
    runsOnBadge: '不重启',
  },
  page: {
    skipToAnswer: '跳到答复',
    language: '语言',
    ask: count => (count === 1 ? '是否更新该实例的证书？' : `是否更新这 ${count} 个实例的证书？`),
    nothingOpen: '该计划没有待答复的实例',
    lead: '每张证书只更新一次，随后通过实际握手验证。需要重启的实例只在其可维护时间段内重启；重启会断开所有连接，应用需要重新连接。',
    silence: '不答复不等于批准。',
    reminder: ask => `这是第 ${ask} 次询问。`,
    facts: {
      count: '待答复',
      restarting: '会重启',
      restartingOf: (restarting, count) =>
        restarting === 0 ? '无' : restarting === count ? (count === 1 ? '是' : `全部 ${count} 个`) : `${count} 个中的 ${restarting} 个`,
      deadline: '最早截止时间',
      answerUntil: '请在此之前答复',
      plan: '计划',
      approvers: '审批人',
    },
    expired: count => `${count} 张证书已过期：加密客户端现在就会连接失败。`,
    windowless: count => `${count} 个实例在证书到期前已没有可用的可维护时间段。`,
    instances: '实例',
    checkAll: '全选',
    uncheckAll: '全不选',
    columns: { instance: '实例', engine: '引擎、地域', notAfter: '证书到期', deadline: '最晚更新', impact: '影响' },
    choose: '答复',
    expiredBadge: '已过期',
    noDeadline: '已无可用时间段',
    deadlinePassed: '已错过',
    update: value => `更新有效期，SSLEnabled=${value}`,
    status: { approved: '已批准', rejected: '已拒绝', lapsed: '已失效' },
    answeredBy: (at, who) => `${at}，${who}`,
    by: { link: '由持有链接者答复', policy: entry => `由策略第 ${entry} 版答复`, ram: identity => `由 ${identity} 答复` },
    answer: {
      heading: '您的答复',
      part: '答复只对已勾选的实例有效。暂时不想答复的请取消勾选，它们会继续等待答复。',
      count: '请输入已勾选的实例数量',
      checkedNow: '当前已勾选：',
      countHint: '输入数量表示由人阅读过；只按回车键不会提交。',
      approve: '批准',
      reject: '拒绝',
      once: '拒绝之后不能再改为批准。',
    },
    answered: {
      approved: count => `已批准：${count} 个实例`,
      rejected: count => `已拒绝：${count} 个实例`,
      approvedNext: '每个实例只更新一次；需要重启的，只在其可维护时间段内重启。验证完成后，群里会收到卡片。现在可以关闭此页面。',
      rejectedNext: notAfter => `不会重启任何实例。但证书仍会到期，最早为 ${notAfter}：届时加密客户端将连接失败。`,
      stillOpen: count => `该计划还有 ${count} 个实例等待答复。`,
      backToPlan: '打开计划',
      theseWere: '本次答复的实例',
    },
  },
  cards: {
    approvalTitle: count => `待批准：${count} 个实例的证书续期`,
    restarts: (restarting, count) => {
      const runsOn = count - restarting
      if (restarting === 0) return `**${count} 个实例**：${count === 1 ? '' : '均'}不重启。`
      if (runsOn === 0) return `**${count} 个实例**：${count === 1 ? '' : '均'}将在可维护时间段内**重启**。`
      return `**${count} 个实例**：其中 **${restarting} 个将重启**（在可维护时间段内），${runsOn} 个不重启。`
    },
    deadline: (at, away) => `最早截止时间：**${at}**，${away}。`,
    noDeadline: count => `**${count} 个实例**在证书到期前已没有可用的可维护时间段。`,
    expired: count => `**${count} 张证书已过期。**`,
    line: ({ engine, region, notAfter, impact }) => `${engine}，${region}；${notAfter} 到期；${impact}`,
    more: count => `以及另外 ${count} 个`,
    silence: '不答复不等于批准。',
    review: '查看并答复',
    command: command => `查看并答复请执行：**${command}**`,
    provenTitle: (proven, of) =>
      proven >= of ? (of === 1 ? '续期已验证' : `全部 ${of} 项续期已验证`) : `${of} 项续期中已验证 ${proven} 项`,
    proven: '握手已看到新证书，且可由已发布的 CA 证书包校验。',
    last: instance => `最近一项：${instance}`,
    provenDetail: { notAfter: '有效期至', serial: '序列号', from: '探测位置', bundle: 'CA 证书包' },
    download: '下载',
    attention: { about: '对象', detail: '详情', mend: '处理办法', plan: '计划' },
    open: '打开计划',
  },
}
