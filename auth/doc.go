// Package auth says who somebody is and what they may do: sign-in with GitHub,
// browser sessions, setup codes, API tokens and permissions.
//
// A sign-in goes through these steps:
//
//	Begin   a state, a PKCE verifier and a browser cookie are made; the row is used once
//	GitHub  the person agrees
//	Finish  the state is taken, the browser compared, the code traded for a token,
//	        the person fetched, admitted, stored, and given a new session
//
// What a browser or a program holds (session id, state, setup code, API token)
// is random and stored as its SHA-256 only: whoever reads the database can sign
// in with nothing that is in it. Passwords would need a slow hash; values of
// 128 random bits and more do not.
//
// Which route asks for which Permission is in the table of handlers.
package auth
