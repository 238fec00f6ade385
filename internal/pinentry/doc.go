// Package pinentry asks a person through a pinentry program: a small program of its own whose window (or terminal page) asks for a PIN or a yes,
// spoken to over two pipes in the Assuan protocol (libassuan's manual, "Assuan Protocol"; pinentry's manual, "Implementing the Server").
//
// A PIN is asked for in a program of its own so that neither the caller's screen nor a browser sees it; the programs lock their memory and, where
// the desktop allows it, take the keyboard for themselves. Nothing here asks the program to remember a PIN.
//
// The package must not know what the PIN is for, nor in which language the texts are.
package pinentry
