// Package github asks GitHub what a person may see: their repositories, the
// refs of one and what it holds, and the organisations they belong to. It also
// makes a GitHub App by the manifest flow.
//
// It keeps no token: each call is given the one of the person who asks. Signing
// in is the work of auth, cloning that of builder.
//
// Every error is a moorage.Error with a sentence and a way on. The chain holds
// moorage.ErrTokenRevoked when only a new sign-in helps.
package github
