package auth

import (
	"context"
	"time"

	"moorage"
)

// database is what auth keeps, by role.
type database interface {
	people
	accessRules
	sessions
	states
	setupCodes
	tokens
	settings
}

type people interface {
	User(ctx context.Context, id moorage.UserID) (moorage.User, error)
	UserByGitHubID(ctx context.Context, id int64) (moorage.User, error)
	Users(ctx context.Context) ([]moorage.User, error)
	CreateUser(ctx context.Context, u moorage.User) error
	CreateUserOnce(ctx context.Context, setting string, u moorage.User) (moorage.UserID, error)
	UpdateUser(ctx context.Context, u moorage.User) error
	GitHubToken(ctx context.Context, id moorage.UserID) ([]byte, error)
	SetGitHubToken(ctx context.Context, id moorage.UserID, sealed []byte) error
}

type accessRules interface {
	AccessRules(ctx context.Context) ([]moorage.AccessRule, error)
}

type sessions interface {
	CreateWebSession(ctx context.Context, s moorage.WebSession) error
	WebSession(ctx context.Context, hash []byte) (moorage.WebSession, error)
	TouchWebSession(ctx context.Context, hash []byte, at time.Time) error
	DeleteWebSession(ctx context.Context, hash []byte) error
	DeleteWebSessionsOf(ctx context.Context, id moorage.UserID) error
}

type states interface {
	CreateOAuthState(ctx context.Context, s moorage.OAuthState) error
	TakeOAuthState(ctx context.Context, hash []byte) (moorage.OAuthState, error)
}

type setupCodes interface {
	CreateSetupCode(ctx context.Context, hash []byte, expires time.Time) error
	TakeSetupCode(ctx context.Context, hash []byte) error
	HasSetupCode(ctx context.Context, hash []byte) error
}

type tokens interface {
	CreateAPIToken(ctx context.Context, t moorage.APIToken) error
	APITokenByHash(ctx context.Context, hash []byte) (moorage.APIToken, error)
	TouchAPIToken(ctx context.Context, id moorage.TokenID, at time.Time) error
	APITokens(ctx context.Context, id moorage.UserID) ([]moorage.APIToken, error)
	DeleteAPIToken(ctx context.Context, user moorage.UserID, id moorage.TokenID) error
	EndOAuthGrantsOf(ctx context.Context, user moorage.UserID) error
}

type settings interface {
	Setting(ctx context.Context, name string) (value string, sealed []byte, err error)
	SetSetting(ctx context.Context, name, value string, sealed []byte) error
	ChangeSetting(ctx context.Context, d moorage.Deed, name, value string, sealed []byte) error
}
