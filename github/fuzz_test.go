package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// FuzzVerify: a signature is taken when it is that of the body, to the byte.
func FuzzVerify(f *testing.F) {
	f.Add([]byte("secret"), []byte("{}"), "sha256=00")
	f.Add([]byte("secret"), []byte("{}"), "sha1=00")
	f.Add([]byte(""), []byte(""), "")
	f.Fuzz(func(t *testing.T, secret, body []byte, signature string) {
		mac := hmac.New(sha256.New, secret)
		mac.Write(body)
		right := "sha256=" + hex.EncodeToString(mac.Sum(nil))
		if err := (Hook{}).Verify(secret, body, right); (err == nil) != (len(secret) > 0) {
			t.Errorf("the right signature with a secret of %d bytes: %v", len(secret), err)
		}
		if !strings.EqualFold(signature, right) && (Hook{}).Verify(secret, body, signature) == nil {
			t.Errorf("%q is taken for %q", signature, right)
		}
		if (Hook{}).Verify(secret, append(body[:len(body):len(body)], ' '), right) == nil {
			t.Error("another body has the same signature")
		}
	})
}
