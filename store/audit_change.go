package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"moorage"
)

// changedFields names what of a server's settings is not as it was, and
// hashes both: what they were is nobody's business who reads the audit log.
func changedFields(was, is moorage.Server) map[string]string {
	var names []string
	for _, field := range []struct {
		name    string
		changed bool
	}{
		{"slug", was.Slug != is.Slug},
		{"name", was.Name != is.Name},
		{"title", was.Title != is.Title},
		{"description", was.Description != is.Description},
		{"source", was.Source != is.Source},
		{"build", hashOf(was.Config.Build) != hashOf(is.Config.Build)},
		{"run", hashOf(was.Config.Run) != hashOf(is.Config.Run)},
	} {
		if field.changed {
			names = append(names, field.name)
		}
	}
	return map[string]string{"changed": strings.Join(names, ", "), "hash": settingsHash(is), "hash before": settingsHash(was)}
}

func settingsHash(s moorage.Server) string {
	return hashOf([]any{s.Slug, s.Name, s.Title, s.Description, s.Source, s.Config})
}

// hashOf is SHA-256 of a value's JSON, hex.
func hashOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // of strings, numbers and maps of them: it does not happen
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// actOf is what it is called to ask for a deployment for this reason.
func actOf(t moorage.Trigger) moorage.Act {
	switch t {
	case moorage.TriggerRedeploy:
		return moorage.ActRedeploy
	case moorage.TriggerRollback:
		return moorage.ActRollback
	case moorage.TriggerRecovery:
		return moorage.ActRetry
	}
	return moorage.ActDeploy
}

// auditDeployment writes down an act on a deployment: its server is who is
// meant, it is which one.
func (t *tx) auditDeployment(ctx context.Context, act moorage.Act, d moorage.Deployment) error {
	details := map[string]string{"deployment": string(d.ID)}
	if d.Source.Ref != "" {
		details["ref"] = d.Source.Ref
	}
	if d.RollbackOf != "" {
		details["image_of"] = string(d.RollbackOf)
	}
	return t.auditServer(ctx, act, d.ServerID, details)
}

// CancelDeployment writes down that somebody cancels a deployment which a
// worker has in its hands: the worker ends it, as nobody.
func (db *DB) CancelDeployment(ctx context.Context, id moorage.DeploymentID) error {
	return db.write(ctx, "cancel deployment", func(t *tx) error { return t.auditCancel(ctx, id) })
}

func (t *tx) auditCancel(ctx context.Context, id moorage.DeploymentID) error {
	d, err := deployment(ctx, t, id)
	if err != nil {
		return err
	}
	return t.auditDeployment(ctx, moorage.ActCancel, d)
}
