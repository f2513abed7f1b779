package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
	"unicode/utf8"

	"moorage"
)

// A token is moor_, 256 random bits and their CRC-32, in base32. The prefix and
// the checksum let scanners find a leaked one without asking us.
const (
	tokenPrefix  = "moor_"
	tokenBytes   = 32
	tokenNameCap = 100
)

var tokenEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewToken makes an API token of user and returns it; it is shown once and
// stored as a hash. A ttl of 0 means that it never expires, no scope that it may
// do whatever the person may.
func (a *Auth) NewToken(ctx context.Context, user moorage.User, name string, ttl time.Duration, scope moorage.Scope) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > tokenNameCap || !utf8.ValidString(name) {
		return "", moorage.Errorf(moorage.Invalid, "A token needs a name of at most %d characters.", tokenNameCap).
			Try("Name it after the program that will use it.")
	}
	if ttl < 0 {
		return "", moorage.Errorf(moorage.Invalid, "A token cannot expire before it begins.")
	}
	plain, now := newToken(), a.now()
	token := moorage.APIToken{
		ID:        moorage.NewTokenID(now),
		UserID:    user.ID,
		Name:      name,
		Hash:      hash(plain),
		Scope:     scope,
		CreatedAt: now,
	}
	if ttl > 0 {
		token.ExpiresAt = now.Add(ttl)
	}
	if err := a.db.CreateAPIToken(ctx, token); err != nil {
		return "", fmt.Errorf("store a token: %w", err)
	}
	a.log.InfoContext(ctx, "token made", "token", token.ID, "user", user.ID, "expires", token.ExpiresAt)
	return plain, nil
}

// Bearer returns who calls with an Authorization header (RFC 6750, section
// 2.1). The error is Unauthenticated when it holds no good token.
func (a *Auth) Bearer(ctx context.Context, header string) (moorage.Caller, error) {
	scheme, plain, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || !isToken(plain) {
		return moorage.Caller{}, errToken()
	}
	sum := hash(plain)
	token, err := a.db.APITokenByHash(ctx, sum)
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound:
		return moorage.Caller{}, errToken().Because(err)
	case err != nil:
		return moorage.Caller{}, fmt.Errorf("find a token: %w", err)
	}
	now := a.now()
	if !equal(sum, token.Hash) || (!token.ExpiresAt.IsZero() && !now.Before(token.ExpiresAt)) {
		return moorage.Caller{}, errToken()
	}
	if now.Sub(token.LastUsedAt) >= touchEvery {
		if err := a.db.TouchAPIToken(ctx, token.ID, now); err != nil {
			return moorage.Caller{}, fmt.Errorf("touch token %s: %w", token.ID, err)
		}
	}
	user, err := a.db.User(ctx, token.UserID)
	if err != nil {
		return moorage.Caller{}, fmt.Errorf("find the user of token %s: %w", token.ID, err)
	}
	return moorage.Caller{User: user, Means: moorage.MeansToken, Token: string(token.ID), Scope: token.Scope}, nil
}

func newToken() string {
	b := make([]byte, tokenBytes, tokenBytes+4)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return tokenPrefix + tokenEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)))
}

// isToken reports whether s is a token by its form and checksum.
func isToken(s string) bool {
	body, ok := strings.CutPrefix(s, tokenPrefix)
	if !ok || len(body) != tokenEncoding.EncodedLen(tokenBytes+4) {
		return false
	}
	b, err := tokenEncoding.DecodeString(body)
	return err == nil && binary.BigEndian.Uint32(b[tokenBytes:]) == crc32.ChecksumIEEE(b[:tokenBytes])
}

func errToken() *moorage.Error {
	return moorage.Errorf(moorage.Unauthenticated, "This needs an API token that is good.").
		Try("Send “Authorization: Bearer moor_…”. You get a token on the page Connect.")
}
