package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"moorage"
	"moorage/auth"
	"moorage/examples"
	"moorage/github"
	"moorage/runner"
	"moorage/runtime/docker"
)

// running is the runner and its sockets as pages see them.
type running struct {
	*runner.Runner
	*runner.Sockets
}

// engine says in words which engine answers.
type engine struct {
	*docker.Docker
}

func (e engine) Describe(ctx context.Context) (string, error) {
	v, err := e.Ping(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Docker %s answers.", v.Version), nil
}

// githubApp makes GitHub Apps from manifests, without their secrets that we do
// not need.
type githubApp struct {
	*github.Client
}

func (g githubApp) Manifest(base string) (string, error) {
	b, err := json.Marshal(github.NewManifest(base, "moorage"))
	return string(b), err
}

func (g githubApp) ManifestURL(state string) string { return g.Client.ManifestURL("", state) }

func (g githubApp) ConvertManifest(ctx context.Context, code string) (auth.Connection, error) {
	app, err := g.Client.ConvertManifest(ctx, code)
	return auth.Connection{ClientID: app.ClientID, ClientSecret: app.ClientSecret, AppSlug: app.Slug, HookSecret: app.WebhookSecret}, err
}

// example opens an example that this binary carries.
func example(name string) (fs.FS, error) {
	files, err := examples.FS(name)
	if errors.Is(err, examples.ErrNotBuilt) {
		return nil, moorage.Errorf(moorage.Unavailable, "The program of the example was not compiled into this Moorage.").
			Try("Build Moorage with make build.").Because(err)
	}
	return files, err
}
