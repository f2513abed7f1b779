package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"

	"moorage"
)

const (
	connectionSetting = "github"
	connectionRow     = "setting/github"
	hookSetting       = "github_hook"
	hookRow           = "setting/github_hook"
)

// Connection is how this Moorage is known to GitHub: as an OAuth app, or as a
// GitHub App, which has a slug.
type Connection struct {
	ClientID     string
	ClientSecret string
	AppSlug      string // "": an OAuth app
	HookSecret   string // of the App's webhook; "": it has none
}

// String keeps the secret out of logs.
func (c Connection) String() string { return "GitHub client " + c.ClientID }

// GoString keeps it out of %#v.
func (c Connection) GoString() string { return c.String() }

// LogValue keeps it out of slog.
func (c Connection) LogValue() slog.Value { return slog.StringValue(c.String()) }

// stored is the public half of a connection, as it stands in the settings.
type stored struct {
	ClientID string `json:"client_id"`
	AppSlug  string `json:"app_slug,omitempty"`
}

// Connected reports whether people can sign in with GitHub.
func (a *Auth) Connected(ctx context.Context) bool {
	_, err := a.Connection(ctx)
	return err == nil
}

// FromEnvironment reports whether the connection is set from outside: then
// nothing can be changed here.
func (a *Auth) FromEnvironment() bool { return a.configured.ClientID != "" }

// Connection returns the one from the environment, else the stored one, else
// an error that says how to make one.
func (a *Auth) Connection(ctx context.Context) (Connection, error) {
	if a.configured.ClientID != "" {
		return a.configured, nil
	}
	value, sealed, err := a.db.Setting(ctx, connectionSetting)
	if moorage.ErrorCode(err) == moorage.NotFound || err == nil && value == "" {
		return Connection{}, moorage.Errorf(moorage.Unavailable, "This Moorage is not connected to GitHub yet.").
			Try("Its operator connects it on the setup page.").Because(err)
	}
	if err != nil {
		return Connection{}, fmt.Errorf("read the connection to GitHub: %w", err)
	}
	var public stored
	if err := json.Unmarshal([]byte(value), &public); err != nil {
		return Connection{}, fmt.Errorf("read the connection to GitHub: %w", err)
	}
	secret, err := a.seal.Open(sealed, connectionRow)
	if err != nil {
		return Connection{}, moorage.Errorf(moorage.Unavailable, "The connection to GitHub cannot be opened: it was sealed with another master key.").
			Try("Connect GitHub again on the setup page.").Because(err)
	}
	return Connection{ClientID: public.ClientID, ClientSecret: string(secret), AppSlug: public.AppSlug}, nil
}

// HookSecret returns the secret of the App's webhook: nil when there is no App,
// or one that was made without a webhook.
func (a *Auth) HookSecret(ctx context.Context) ([]byte, error) {
	_, sealed, err := a.db.Setting(ctx, hookSetting)
	switch {
	case moorage.ErrorCode(err) == moorage.NotFound, err == nil && len(sealed) == 0, a.configured.ClientID != "":
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the secret of the webhook: %w", err)
	}
	secret, err := a.seal.Open(sealed, hookRow)
	if err != nil {
		return nil, fmt.Errorf("open the secret of the webhook: %w", err)
	}
	return secret, nil
}

var (
	clientPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,200}$`)
	slugPattern   = regexp.MustCompile(`^[a-z0-9-]{0,100}$`)
)

// Connect stores how this Moorage is known to GitHub; the secrets are sealed.
func (a *Auth) Connect(ctx context.Context, c Connection) error {
	if a.configured.ClientID != "" {
		return errConfigured()
	}
	if !clientPattern.MatchString(c.ClientID) || !clientPattern.MatchString(c.ClientSecret) || !slugPattern.MatchString(c.AppSlug) {
		return moorage.Errorf(moorage.Invalid, "That is no client id and secret of GitHub.").
			Try("Copy both from the page of the app on GitHub, without spaces.")
	}
	sealed, err := a.seal.Seal([]byte(c.ClientSecret), connectionRow)
	if err != nil {
		return fmt.Errorf("seal the client secret: %w", err)
	}
	public, err := json.Marshal(stored{ClientID: c.ClientID, AppSlug: c.AppSlug})
	if err != nil {
		return fmt.Errorf("store the connection to GitHub: %w", err)
	}
	if err := a.keepHookSecret(ctx, c.HookSecret); err != nil {
		return err
	}
	if err := a.db.ChangeSetting(ctx, connectionDeed(moorage.ActGitHubConnect, c.ClientID), connectionSetting, string(public), sealed); err != nil {
		return fmt.Errorf("store the connection to GitHub: %w", err)
	}
	a.log.InfoContext(ctx, "GitHub connected", "client", c.ClientID, "app", c.AppSlug)
	return nil
}

// keepHookSecret seals and stores the secret of the App's webhook; "" forgets it.
func (a *Auth) keepHookSecret(ctx context.Context, secret string) (err error) {
	var sealed []byte
	if secret != "" {
		if sealed, err = a.seal.Seal([]byte(secret), hookRow); err != nil {
			return fmt.Errorf("seal the secret of the webhook: %w", err)
		}
	}
	if err := a.db.SetSetting(ctx, hookSetting, "", sealed); err != nil {
		return fmt.Errorf("store the secret of the webhook: %w", err)
	}
	return nil
}

// Disconnect forgets how this Moorage is known to GitHub. People who are signed
// in stay so.
func (a *Auth) Disconnect(ctx context.Context) error {
	if a.configured.ClientID != "" {
		return errConfigured()
	}
	if err := a.keepHookSecret(ctx, ""); err != nil {
		return err
	}
	if err := a.db.ChangeSetting(ctx, connectionDeed(moorage.ActGitHubDisconnect, ""), connectionSetting, "", nil); err != nil {
		return fmt.Errorf("forget the connection to GitHub: %w", err)
	}
	a.log.InfoContext(ctx, "GitHub disconnected")
	return nil
}

func connectionDeed(act moorage.Act, clientID string) moorage.Deed {
	return moorage.Deed{Act: act, Target: moorage.Target{Kind: "setting", ID: connectionSetting, Name: clientID}}
}

func errConfigured() error {
	return moorage.Errorf(moorage.Conflict, "The connection to GitHub is set by MOORAGE_GITHUB_CLIENT_ID.").
		Try("Change it there, or remove it and start again.")
}
