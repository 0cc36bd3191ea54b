import { mount } from 'svelte'
import App from './App.svelte'
import { takeOver } from './first/take-over.ts'
import { chooseLanguage, say } from './i18n/words.ts'
import { loadFonts } from './load-fonts.ts'
import { toasts } from './toast.svelte.ts'
import './gallery.css'

const target = document.getElementById('app')
if (!target) throw new Error('the page has no #app')
// What no part of the page had an answer to is at least said; the browser's console has the details.
addEventListener('unhandledrejection', () => toasts.show(say('failedTitle')))
await chooseLanguage()
mount(App, { target })
takeOver(target)
loadFonts()
