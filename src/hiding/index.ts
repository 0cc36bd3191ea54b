export { destroyTemplateKey, resealTemplate, sealTemplate } from './keep-template.ts'
export { type Hidden, type Hidings, openHidings } from './open-hidings.ts'
export {
  countAsked,
  countLostTemplates,
  deleteHiding,
  findHiddenBibs,
  findHiddenPlaces,
  findHiding,
  findHidingOfBib,
  findHidings,
  findLostTemplates,
  findOldAsks,
  forgetTemplates,
  type HiddenBibs,
  type Hiding,
  type HidingRef,
  insertHiddenPlaces,
  insertHiding,
  updateHiding,
} from './queries.ts'
export type { ModelTemplate, Template } from './template.ts'
