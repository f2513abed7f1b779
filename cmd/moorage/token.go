package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"moorage"
)

// token makes API tokens on the data folder, so that a program can be given
// one without a browser.
func token(ctx context.Context, p process, args []string) error {
	if len(args) == 0 || args[0] != "create" {
		return misused("say what to do with tokens: token create -name <name>")
	}
	flags := flag.NewFlagSet("moorage token create", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	name := flags.String("name", "", "what the token is for")
	login := flags.String("user", "", "whose token it is; empty: the operator's")
	days := flags.Int("days", 90, "how long it lasts; 0: until it is revoked")
	data := flags.String("data", "", "data folder (MOORAGE_DATA)")
	if err := parse(flags, args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return misused("moorage token create takes no arguments, only flags: %q", flags.Args())
	}
	var folder []string
	if *data != "" {
		folder = []string{"-data", *data}
	}
	config, err := readConfig("token create", folder, p.getenv, p.stderr)
	if err != nil {
		return err
	}
	a, err := openExisting(ctx, config)
	if err != nil {
		return sentence(err)
	}
	defer a.close()
	u, err := tokenOwner(ctx, a, *login)
	if err != nil {
		return sentence(err)
	}
	plain, err := a.auth.NewToken(ctx, u, *name, time.Duration(*days)*24*time.Hour)
	if err != nil {
		return sentence(err)
	}
	_, err = fmt.Fprintln(p.stdout, plain)
	return err
}

// tokenOwner finds the person by login, or the operator; a fresh Moorage gets
// its operator by that.
func tokenOwner(ctx context.Context, a *app, login string) (moorage.User, error) {
	if login != "" {
		return a.db.UserByLogin(ctx, login)
	}
	return a.auth.Operator(ctx)
}
