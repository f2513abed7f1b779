package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParsePush: a push that is believed names one repository, one ref and one
// commit in their own shapes, and all its words are short text.
func FuzzParsePush(f *testing.F) {
	f.Add([]byte(`{"ref":"refs/heads/main","after":"` + strings.Repeat("a", 40) + `","repository":{"id":1,"full_name":"a/b","clone_url":"https://github.com/a/b.git","default_branch":"main"},"head_commit":{"message":"x"},"commits":[{"added":["a"]}],"sender":{"login":"ada"}}`))
	f.Add([]byte(`{"ref":"refs/heads/x","after":"` + strings.Repeat("0", 40) + `","deleted":true,"repository":{"id":1,"full_name":"a/b","clone_url":"https://h/a","default_branch":"m"}}`))
	f.Add([]byte(`{"ref":"refs/heads/é","after":"` + strings.Repeat("b", 64) + `","repository":{"id":1,"full_name":"a/b","clone_url":"https://h/a","default_branch":"m"},"head_commit":{"message":"` + "x" + strings.Repeat("é", 3000) + `"}}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := Hook{}.ParsePush(body)
		if err != nil {
			return
		}
		owner, name, _ := strings.Cut(p.Repository, "/")
		switch {
		case p.RepositoryID <= 0, checkName(owner, name) != nil, !isWeb(p.CloneURL), !strings.HasPrefix(p.Ref, "refs/"), !isText(p.Ref),
			p.Commit != "" && (len(p.Commit) != 40 && len(p.Commit) != 64 || strings.Trim(p.Commit, "0123456789abcdef") != ""),
			p.Commit == "" && (p.Message != "" || p.Paths != nil), len(p.Paths) > pathsCap, len(p.Message) > messageCap, !utf8.ValidString(p.Message), len(p.By) > 105:
			t.Errorf("%q is believed: %+v", body, p)
		}
	})
}

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
