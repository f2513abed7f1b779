// Package secrets keeps secret values out of sight: a Box seals them for the
// database, a Masker takes them out of logs. It stores nothing but the master
// key's file, and knows nothing of what the values are for.
package secrets

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"moorage"
)

// A sealed value is
//
//	format (1 byte) ‖ key id (8) ‖ nonce (24) ‖ ciphertext and tag
//
// sealed by XChaCha20-Poly1305, whose long nonce may be random. The associated
// data are the format, the key id and the row, so that a value that was copied
// to another row does not open there. Encryption key and key id come from the
// master key by HKDF-SHA256 (RFC 5869).
const (
	format     = 1
	keyIDSize  = 8
	headerSize = 1 + keyIDSize
	overhead   = headerSize + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// Box seals values with the master key. All methods may be called at the same time.
type Box struct {
	header []byte // format and key id
	aead   cipher.AEAD
}

func newBox(master []byte) (*Box, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "moorage: seal values", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	id, err := hkdf.Key(sha256.New, master, nil, "moorage: name the key", keyIDSize)
	if err != nil {
		return nil, fmt.Errorf("derive the key's name: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	return &Box{header: append([]byte{format}, id...), aead: aead}, nil
}

// Seal encrypts a value for one row of the database, which it names:
// "variable/<server id>/<name>", "user/<id>/github_token", "setting/<name>".
func (b *Box) Seal(plain []byte, row string) ([]byte, error) {
	sealed := make([]byte, headerSize+chacha20poly1305.NonceSizeX, overhead+len(plain))
	copy(sealed, b.header)
	nonce := sealed[headerSize:]
	rand.Read(nonce) // never fails: crypto/rand ends the process instead
	return b.aead.Seal(sealed, nonce, plain, b.bind(row)), nil
}

// Open returns the value that was sealed for this row. What was changed, moved
// to another row or sealed with another key is refused.
func (b *Box) Open(sealed []byte, row string) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != format {
		return nil, moorage.Errorf(moorage.Internal, "A sealed value is damaged.").Try("Set it again.")
	}
	if subtle.ConstantTimeCompare(sealed[:headerSize], b.header) == 0 {
		return nil, moorage.Errorf(moorage.Unavailable, "A value was sealed with another master key.").
			Try("Put the key file that belongs to this data folder back, or set the value again.")
	}
	nonce := sealed[headerSize : headerSize+chacha20poly1305.NonceSizeX]
	plain, err := b.aead.Open(nil, nonce, sealed[headerSize+len(nonce):], b.bind(row))
	if err != nil {
		return nil, moorage.Errorf(moorage.Internal, "A sealed value is damaged, or not of %s.", row).
			Try("Set it again.").Because(err)
	}
	return plain, nil
}

// bind is the associated data of a row.
func (b *Box) bind(row string) []byte {
	return append(b.header[:headerSize:headerSize], row...)
}
