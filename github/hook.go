package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"moorage"
)

// Hook reads what GitHub's webhooks send. It has no state.
type Hook struct{}

// Verify checks the value of X-Hub-Signature-256 against the body as it came,
// byte for byte. A signature with SHA-1 alone, as in X-Hub-Signature, is none.
// See https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries.
func (Hook) Verify(secret, body []byte, signature string) error {
	given, found := strings.CutPrefix(signature, "sha256=")
	sum, err := hex.DecodeString(given)
	if !found || err != nil || len(secret) == 0 {
		return badSignature()
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	if !hmac.Equal(sum, mac.Sum(nil)) {
		return badSignature()
	}
	return nil
}

func badSignature() error {
	return moorage.Errorf(moorage.Unauthenticated, "The signature of this request is missing, or is not of our secret.").
		Try("Compare the secret of the webhook on GitHub with the one that Moorage made, or make a new one.")
}
