import regular from '../../../node_modules/@fontsource/inter/files/inter-latin-400-normal.woff2?url'
import strong from '../../../node_modules/@fontsource/inter/files/inter-latin-600-normal.woff2?url'

/** The files that lib/fonts.css names. */
export const FONT_FILES = [regular, strong]
