package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// A secret is its prefix, 256 random bits and their CRC-32, in base32, as the API
// tokens of auth are: scanners find a leaked one without asking us.
const (
	accessPrefix  = "moora_"
	refreshPrefix = "moorr_"
	codePrefix    = "moorc_"
	clientPrefix  = "moors_"
	secretBytes   = 32
)

var secretEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func newSecret(prefix string) string {
	b := make([]byte, secretBytes, secretBytes+4)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return prefix + secretEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
}

// isSecret reports whether s is a secret of this prefix by its form and
// checksum, so that nothing else reaches the database.
func isSecret(prefix, s string) bool {
	body, ok := strings.CutPrefix(s, prefix)
	if !ok || len(body) != secretEncoding.EncodedLen(secretBytes+4) {
		return false
	}
	b, err := secretEncoding.DecodeString(body)
	return err == nil && binary.BigEndian.Uint32(b[secretBytes:]) == crc32.ChecksumIEEE(b[:secretBytes])
}

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
