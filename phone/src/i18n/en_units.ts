/** What numbers are counted in (words/codes.ts). */
export const UNITS: Record<string, string> = {
  "{n}{unit}": "{n} {unit}",
  人: "people", 户: "households", 人次: "visits", 户次: "visits", 天: "days", 日: "days", 小时: "hours", 分钟: "minutes",
  年: "years", 岁: "years old", 次: "times", 剂: "doses", 针: "doses", 个: "pieces", 只: "head", 头: "head", 口: "head",
  台: "machines", 辆: "vehicles", 套: "sets", 张: "sheets", 份: "portions", 瓶: "bottles", 箱: "boxes", 袋: "bags",
  件: "pieces", 处: "places", 条: "lines", 棵: "trees", 间: "rooms", 米: "m", 公里: "km", 亩: "mu",
  公斤: "kg", 千克: "kg", 克: "g", 吨: "t", 升: "l", 毫升: "ml", 厘米: "cm", 平方米: "m²", 立方米: "m³", 元: "yuan", 万元: "×10,000 yuan",
};
