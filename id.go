package moorage

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"
)

// Ids are a prefix, an underscore and 26 characters of base32: 48 bits of unix
// milliseconds, then 80 random bits. They sort by time, grep well, and are
// valid in container and network names.
type (
	UserID       string
	TokenID      string
	GrantID      string
	ServerID     string
	DeploymentID string
	InstanceID   string
)

func NewUserID(now time.Time) UserID             { return UserID(newID("usr", now)) }
func NewTokenID(now time.Time) TokenID           { return TokenID(newID("tok", now)) }
func NewGrantID(now time.Time) GrantID           { return GrantID(newID("gra", now)) }
func NewServerID(now time.Time) ServerID         { return ServerID(newID("srv", now)) }
func NewDeploymentID(now time.Time) DeploymentID { return DeploymentID(newID("dep", now)) }
func NewInstanceID(now time.Time) InstanceID     { return InstanceID(newID("ins", now)) }

// ParseDeploymentID accepts exactly what NewDeploymentID makes.
func ParseDeploymentID(s string) (DeploymentID, error) {
	if !validID("dep", s) {
		return "", Errorf(NotFound, "There is no such deployment.")
	}
	return DeploymentID(s), nil
}

// Crockford's alphabet in lower case: in value order, without i, l, o and u.
var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

const idLength = 26

func newID(prefix string, now time.Time) string {
	var b [16]byte
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	rand.Read(b[6:]) // never fails: crypto/rand ends the process instead
	return prefix + "_" + idEncoding.EncodeToString(b[:])
}

func validID(prefix, s string) bool {
	body, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(body) != idLength {
		return false
	}
	_, err := idEncoding.DecodeString(body)
	return err == nil
}
