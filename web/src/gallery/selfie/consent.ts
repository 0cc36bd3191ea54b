const KEY = 'selfie-consent'

/** Whether somebody agreed on this device to be looked for by face. Asked before the first selfie. */
export const consent = {
  isGiven: () => localStorage.getItem(KEY) === 'yes',
  give: () => localStorage.setItem(KEY, 'yes'),
}
