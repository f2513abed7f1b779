package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"moorage"
)

const tokenHelp = `Makes an API token and prints it, once and alone, on stdout. Whoever may write to
the data folder may do that; Moorage may be running meanwhile. With --operator no
browser is needed at all: the operator's account is made if there is none, and
the data folder, too.

Examples:
  moorage token create --name laptop --user octocat
  export MOORAGE_TOKEN=$(moorage token create --name ci --operator --expires 720h)
  moorage token create --name rain --scope 'weather/* */get_*'`

const longestToken = 10 * 365 * 24 * time.Hour

// tokenWish is what token create was asked for.
type tokenWish struct {
	name     string
	login    string        // whose; "" is the operator's
	operator bool          // who is made when there is none, as is the data folder
	expires  time.Duration // 0: never
	scope    moorage.Scope // none: all that the person may call
}

// createToken makes an API token on the data folder, so that a program can be
// given one without a browser.
func createToken(ctx context.Context, p process, args []string) error {
	flags := newFlags(p, "token create")
	var wish tokenWish
	flags.StringVar(&wish.name, "name", "", "what the token is for, a `word`")
	flags.StringVar(&wish.login, "user", "", "the `login` of the person whose token it is; the operator's when it is not given")
	flags.BoolVar(&wish.operator, "operator", false, "the operator's, who is made when there is none")
	flags.DurationVar(&wish.expires, "expires", 90*24*time.Hour, "how `long` it lasts, such as 720h (2160h, which is 90 days); 0: until it is revoked")
	scope := flags.String("scope", "", "`patterns` of what it may call, such as 'weather/*' or '*/get_*'; all that the person may when it is not given")
	readSettings := settingFlags(flags, p.getenv)
	if _, err := flags.parse(args); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(wish.name) == "":
		return misused("moorage token create wants --name, such as --name ci: it tells tokens apart when one is to be revoked")
	case wish.login != "" && wish.operator:
		return misused("--user and --operator are two people; say one")
	case wish.expires < 0 || wish.expires > longestToken:
		return misused("--expires is a time from 0 to 87600h, which is ten years")
	}
	var err error
	if wish.scope, err = moorage.ParseScope(*scope); err != nil {
		return misused("--scope: %s %s", moorage.ErrorMessage(err), moorage.ErrorNext(err))
	}
	config, err := readSettings()
	if err != nil {
		return err
	}
	plain, err := wish.fulfil(ctx, p, config)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, plain)
	return err
}

func (w tokenWish) fulfil(ctx context.Context, p process, config Config) (string, error) {
	a, err := w.open(ctx, p, config)
	if err != nil {
		return "", err
	}
	defer a.close()
	owner, err := w.owner(ctx, a)
	if err != nil {
		return "", err
	}
	return a.auth.NewToken(ctx, owner, w.name, w.expires, w.scope)
}

// open opens the data folder, or begins one, which nobody else may be doing.
func (w tokenWish) open(ctx context.Context, p process, config Config) (*app, error) {
	if !w.operator || begun(config.Data) {
		return openExisting(ctx, config)
	}
	release, err := holdData(config.Data, time.Now())
	if err != nil {
		return nil, err
	}
	a, err := open(ctx, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, errors.Join(err, release())
	}
	a.closers = append(a.closers, release)
	fmt.Fprintf(p.stderr, "A new data folder was begun in %s.\n", config.Data)
	return a, nil
}

// owner finds the person by login, or the operator.
func (w tokenWish) owner(ctx context.Context, a *app) (moorage.User, error) {
	if w.login == "" {
		return a.auth.Operator(ctx)
	}
	u, err := a.db.UserByLogin(ctx, w.login)
	if moorage.ErrorCode(err) == moorage.NotFound {
		return u, moorage.Errorf(moorage.NotFound, "Nobody named %s has signed in to this Moorage.", w.login).
			Try("They get a token on the page Tokens when they do; --operator makes one of the operator's.").Because(err)
	}
	return u, err
}
