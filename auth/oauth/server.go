package oauth

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"moorage"
)

const (
	codeLife    = time.Minute
	accessLife  = time.Hour
	refreshLife = 30 * 24 * time.Hour
	touchEvery  = time.Minute // how exactly the last use is known
	sweepEvery  = 10 * time.Minute
)

// database is what an authorization server keeps, by role.
type database interface {
	clients
	grants
	tokens
	User(ctx context.Context, id moorage.UserID) (moorage.User, error)
	SweepOAuth(ctx context.Context) error
}

type clients interface {
	CreateOAuthClient(ctx context.Context, c moorage.OAuthClient, unused int) error
	OAuthClient(ctx context.Context, id string) (moorage.OAuthClient, error)
}

type grants interface {
	CreateOAuthGrant(ctx context.Context, g moorage.OAuthGrant, code moorage.OAuthCode, clientUntil time.Time, asked bool) error
	OAuthGrants(ctx context.Context, user moorage.UserID) ([]moorage.OAuthGrant, error)
	TouchOAuthGrant(ctx context.Context, id moorage.GrantID, used time.Time) error
	ForgetOAuthGrant(ctx context.Context, id moorage.GrantID) error
}

type tokens interface {
	OAuthCode(ctx context.Context, hash []byte) (moorage.OAuthCode, moorage.OAuthGrant, error)
	RedeemOAuthCode(ctx context.Context, code moorage.OAuthCode, tokens ...moorage.OAuthToken) error
	OAuthToken(ctx context.Context, hash []byte) (moorage.OAuthToken, moorage.OAuthGrant, error)
	RotateOAuthToken(ctx context.Context, spent moorage.OAuthToken, tokens ...moorage.OAuthToken) error
	RevokeOAuthToken(ctx context.Context, token moorage.OAuthToken) error
}

// fetcher calls addresses that somebody else chose, and public ones only.
type fetcher interface {
	Do(r *http.Request) (*http.Response, error)
}

// Options configure a Server.
type Options struct {
	Base *url.URL         // MOORAGE_URL: the issuer, and where the endpoints are
	Log  *slog.Logger     // default slog.Default()
	Now  func() time.Time // default time.Now
}

// Server is the authorization server. It may be used concurrently.
type Server struct {
	db        database
	documents *documents
	base      string // without a slash at its end
	log       *slog.Logger
	now       func() time.Time
	limits    *limits
}

// New makes a Server. It reads the metadata documents of clients with what calls
// public addresses only, follows no redirect, and has a deadline.
func New(db database, calls fetcher, o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	base := *o.Base
	base.Path, base.RawPath = "", ""
	return &Server{
		db: db, documents: newDocuments(calls, o.Now), base: base.String(),
		log: o.Log, now: o.Now, limits: newLimits(o.Now),
	}
}

// Run forgets what has expired, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	for {
		if err := s.db.SweepOAuth(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "expired grants not swept", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepEvery):
		}
	}
}
