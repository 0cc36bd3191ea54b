/** Photos asked for together. A number that rows of two to six divide. */
export const CHUNK = 60
