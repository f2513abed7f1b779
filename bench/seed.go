package main

import (
	"context"
	"fmt"
	"time"

	"moorage"
	"moorage/store"
)

// The database that pages are measured on.
const (
	seedServers = 20
	seedEach    = 50 // deployments of a server
	seedLines   = 300
	seedTools   = 5
)

// seed fills a database with servers whose deployments have ended in every way:
// one in seven failed, the others went live one after the other. It returns the
// last deployment.
func seed(ctx context.Context, db *store.DB, owner moorage.User) (last moorage.DeploymentID, err error) {
	for n := range seedServers {
		s := server(owner, fmt.Sprintf("server-%02d", n), fmt.Sprintf("https://github.com/acme/server-%02d", n))
		if err := db.CreateServer(ctx, s); err != nil {
			return "", err
		}
		for i := range seedEach {
			if last, err = seedDeployment(ctx, db, s, i%7 == 3, seedLines, seedTools); err != nil {
				return "", err
			}
		}
	}
	return last, nil
}

func server(owner moorage.User, slug, repo string) moorage.Server {
	now := time.Now()
	return moorage.Server{
		ID: moorage.NewServerID(now), Slug: slug, Name: "io.github.acme/" + slug, Title: slug, Description: "Tells the weather of yesterday.",
		OwnerID: owner.ID, Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: repo, Ref: "main"}, Status: moorage.ServerNew,
		Config: moorage.Config{
			Build: moorage.BuildConfig{Dockerfile: "Dockerfile", Context: "."},
			Run:   moorage.RunConfig{Transport: moorage.TransportStdio, Network: moorage.NetworkNone},
		},
	}
}

// seedDeployment makes a deployment as the pipeline does, with a log of so many
// lines, and so many tools when it goes live.
func seedDeployment(ctx context.Context, db *store.DB, s moorage.Server, fails bool, lines, offers int) (moorage.DeploymentID, error) {
	d := moorage.Deployment{
		ID: moorage.NewDeploymentID(time.Now()), ServerID: s.ID, Source: s.Source, Config: s.Config,
		Trigger: moorage.TriggerUser, CreatedBy: s.OwnerID,
	}
	if _, err := db.CreateDeployment(ctx, d); err != nil {
		return "", err
	}
	if _, err := db.ClaimDeployment(ctx); err != nil {
		return "", err
	}
	if err := db.SetCommit(ctx, d.ID, moorage.Commit{Hash: "5f1f4a1c0d2e3b4a59687786950413223140ffee", Message: "Turn the stone the other way", Author: "Octo Cat"}); err != nil {
		return "", err
	}
	if err := seedLog(ctx, db, d.ID, lines, fails); err != nil {
		return "", err
	}
	if fails {
		reason := moorage.Errorf(moorage.Invalid, "The build failed: the widget does not fit.").Try("Read the log, mend the Dockerfile and deploy again.")
		return d.ID, db.EndDeployment(ctx, d.ID, moorage.StatusCloning, moorage.StatusFailed, reason)
	}
	at := moorage.StatusCloning
	for _, to := range []moorage.DeploymentStatus{moorage.StatusBuilding, moorage.StatusPushing, moorage.StatusStarting, moorage.StatusProbing} {
		if err := db.AdvanceDeployment(ctx, d.ID, at, to); err != nil {
			return "", err
		}
		at = to
	}
	var tools []moorage.Offer
	for n := range offers {
		name := fmt.Sprintf("forecast_%d", n)
		tools = append(tools, moorage.Offer{Kind: moorage.OfferTool, Name: name, Hash: name, Object: fmt.Appendf(nil, `{"name":%q,"description":"Says what comes.","inputSchema":{"type":"object"}}`, name)})
	}
	_, err := db.Switch(ctx, d.ID, "http://127.0.0.1/mcp/"+s.Slug, moorage.ServerInfo{Name: s.Slug, Version: "1", Tools: true}, tools)
	return d.ID, err
}

// seedLog writes four steps of a quarter of the lines each; the last one is left
// open when the deployment is to fail in it.
func seedLog(ctx context.Context, db *store.DB, id moorage.DeploymentID, lines int, fails bool) error {
	const steps = 4
	seq := 0
	for step := 1; step <= steps; step++ {
		now := time.Now()
		if err := db.BeginStep(ctx, id, moorage.Step{N: step, Name: fmt.Sprintf("[%d/%d] RUN grind --stone %d", step, steps, step), Status: moorage.StepRunning, StartedAt: now}); err != nil {
			return err
		}
		var batch []moorage.LogLine
		for range lines / steps {
			seq++
			batch = append(batch, moorage.LogLine{Seq: int64(seq), Step: step, Stream: moorage.StreamStdout, At: now, Text: seedLine(seq)})
		}
		if err := db.AppendLog(ctx, id, batch); err != nil {
			return err
		}
		if fails && step == steps {
			break
		}
		if err := db.EndStep(ctx, id, step, moorage.StepDone, false, now); err != nil {
			return err
		}
	}
	return nil
}

// seedLine is as long as lines of builds are, and one in ten has a colour.
func seedLine(n int) string {
	if n%10 == 0 {
		return fmt.Sprintf("\x1b[32mok\x1b[0m   grain %06d of the sack is <fine> & dry, and goes between the stones", n)
	}
	return fmt.Sprintf("grain %06d of the sack is turned, looked at from below and put back", n)
}
