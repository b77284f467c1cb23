/** The type of who acts. */
declare const authenticated: unique symbol

/** The name under which an authenticated person acts. A text is none: it has to come from here. */
export type Actor = string & { readonly [authenticated]: true }

/** What Shelfline does by itself when it is set up. */
export const SHELFLINE = 'shelfline' as Actor
