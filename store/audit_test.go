package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/store"
)

// canary stands for every value that an audit row must not hold.
const canary = "c4n4ry-9f31e07ad2"

var ada = moorage.Actor{Means: moorage.MeansSession, UserID: "usr_ada", Login: "ada", IP: "192.0.2.7", RequestID: "req12345"}

// acted is a store in which one server and one person have lived through
// every act that the store itself writes down.
func acted(t *testing.T, dir string) *store.DB {
	t.Helper()
	db := openIn(t, dir, newClock())
	ctx := moorage.WithActor(t.Context(), ada)
	user := moorage.User{ID: moorage.NewUserID(time.Now()), Login: "grace", Role: moorage.RoleMember}
	token := moorage.APIToken{ID: "tok_1", UserID: user.ID, Name: "ci", Hash: []byte(canary)}
	server := moorage.Server{
		ID: moorage.NewServerID(time.Now()), Slug: "weather", OwnerID: user.ID, Source: moorage.Source{Origin: moorage.OriginRepo, RepoURL: "https://github.com/acme/weather"},
		Config: moorage.Config{Run: moorage.RunConfig{Transport: moorage.TransportStdio, Command: []string{canary}}},
	}
	session := []byte("session-" + canary)
	must(t, db.CreateUser(ctx, user))
	must(t, db.CreateWebSession(ctx, moorage.WebSession{IDHash: session, UserID: user.ID, ExpiresAt: time.Now()}))
	must(t, db.DeleteWebSession(ctx, session))
	must(t, db.DeleteWebSessionsOf(ctx, user.ID))
	must(t, db.CreateSetupCode(ctx, []byte(canary), newClock().Now().Add(time.Hour)))
	must(t, db.TakeSetupCode(ctx, []byte(canary)))
	user.Role, user.GitHubID = moorage.RoleAdmin, 7
	must(t, db.UpdateUser(ctx, user)) // a role and an account
	must(t, db.AddAccessRule(ctx, moorage.AccessRule{Kind: moorage.AccessUser, Name: "alan", CreatedBy: user.ID}))
	must(t, db.RemoveAccessRule(ctx, moorage.AccessUser, "alan"))
	must(t, db.ChangeSetting(ctx, moorage.Deed{Act: moorage.ActGitHubConnect}, "github", canary, []byte(canary)))
	must(t, db.CreateAPIToken(ctx, token))
	must(t, db.DeleteAPIToken(ctx, user.ID, token.ID))
	must(t, db.CreateOAuthGrant(ctx, moorage.OAuthGrant{ID: "gra_1", UserID: user.ID, ExpiresAt: newClock().Now()}, moorage.OAuthCode{Hash: []byte(canary), Challenge: canary, ExpiresAt: newClock().Now()}, newClock().Now(), true))
	must(t, db.EndOAuthGrant(ctx, user.ID, "gra_1"))
	must(t, db.CreateServer(ctx, server))
	server.Title, server.Config.Run.Command = "Weather", []string{canary, canary}
	must(t, db.UpdateServer(ctx, server))
	must(t, db.ShareServer(ctx, server.ID, user.ID)) // and its sharing
	must(t, db.UnshareServer(ctx, server.ID, user.ID))
	must(t, db.SetAutoDeploy(ctx, moorage.AutoDeploy{ServerID: server.ID, Enabled: true, RepositoryID: 7, HookSecret: []byte(canary)}))
	must(t, db.SetVariable(ctx, server.ID, moorage.Variable{Name: "API_KEY", Secret: true, UpdatedBy: user.ID}))
	must(t, db.SetVariable(ctx, server.ID, moorage.Variable{Name: "API_KEY", Secret: true, Sealed: []byte(canary), UpdatedBy: user.ID}))
	must(t, db.SetVariable(ctx, server.ID, moorage.Variable{Name: "CITY", Value: canary, UpdatedBy: user.ID}))
	must(t, db.DeleteVariable(ctx, server.ID, "CITY"))
	queue(t, db, server, "main")
	live := probe(t, db)
	_, err := db.Switch(ctx, live, "", moorage.ServerInfo{}, nil)
	must(t, err)
	must(t, db.SetHoldChanges(ctx, server.ID, true))
	must(t, db.ApproveAll(ctx, server.ID, 0))
	must(t, db.AuditRecording(ctx, server.ID, true))
	_, err = db.StopServer(ctx, server.ID)
	must(t, err)
	for _, trigger := range []moorage.Trigger{moorage.TriggerUser, moorage.TriggerRedeploy, moorage.TriggerRollback, moorage.TriggerRecovery} {
		d := moorage.Deployment{ID: moorage.NewDeploymentID(time.Now()), ServerID: server.ID, Source: server.Source, Config: server.Config, Trigger: trigger, CreatedBy: user.ID}
		_, err = db.CreateDeployment(ctx, d)
		must(t, err)
		must(t, db.EndDeployment(ctx, d.ID, moorage.StatusQueued, moorage.StatusCancelled, nil))
	}
	must(t, db.CancelDeployment(ctx, live))
	must(t, db.DeleteServer(ctx, server.ID))
	must(t, db.Audit(ctx, moorage.Deed{Act: moorage.ActBackup, Target: moorage.Target{Kind: "backup", Name: "x"}}))
	return db
}

// notByTheStore are acts that other rooms write down with Audit.
var notByTheStore = []moorage.Act{moorage.ActGitHubDisconnect, moorage.ActBackupDownload, moorage.ActBackupRestore}

func TestEveryActIsWrittenDownWithItsActorAndNoValue(t *testing.T) {
	db := acted(t, t.TempDir())
	rows := get[[]moorage.AuditEntry](t)(db.AuditEntries(t.Context(), moorage.AuditFilter{}))
	seen := map[moorage.Act]int{}
	for i, e := range rows {
		seen[e.Act]++
		wantEqual(t, "the number", e.N, int64(len(rows)-i))
		if e.Actor != ada && e.Actor.Means != moorage.MeansSystem { // queue knows of no actor
			t.Errorf("%s is by %+v", e.Act, e.Actor)
		}
		for k, v := range e.Details {
			if strings.Contains(k+v, canary) {
				t.Errorf("%s holds a value: %s=%s", e.Act, k, v)
			}
		}
		if strings.Contains(e.Target.Name+e.Target.ID, canary) {
			t.Errorf("%s names a value: %+v", e.Act, e.Target)
		}
	}
	for _, act := range notByTheStore {
		seen[act]++
	}
	for _, act := range moorage.Acts() {
		if seen[act] == 0 {
			t.Errorf("nothing is written of %s", act)
		}
		delete(seen, act)
	}
	if len(seen) > 0 {
		t.Errorf("acts that Acts does not list: %v", seen)
	}
	chain := get[moorage.AuditChain](t)(db.AuditChain(t.Context()))
	if !chain.Whole() || chain.Entries != int64(len(rows)) {
		t.Errorf("the chain is %+v of %d rows", chain, len(rows))
	}
}

func TestAnActThatCannotBeWrittenDownDoesNotHappen(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, newClock())
	owner := newUser(t, db, "ada")
	server := newServer(t, db, owner.ID, "weather")
	damage(t, dir, `CREATE TRIGGER no_room BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no room'); END`)
	ctx := t.Context()
	for name, act := range map[string]func() error{
		"delete": func() error { return db.DeleteServer(ctx, server.ID) },
		"person": func() error {
			return db.CreateUser(ctx, moorage.User{ID: "usr_x", Login: "x", Role: moorage.RoleMember})
		},
		"token": func() error {
			return db.CreateAPIToken(ctx, moorage.APIToken{ID: "tok_x", UserID: owner.ID, Hash: []byte("x")})
		},
		"setting": func() error {
			return db.ChangeSetting(ctx, moorage.Deed{Act: moorage.ActGitHubConnect}, "github", "x", nil)
		},
	} {
		if err := act(); err == nil || !strings.Contains(err.Error(), "no room") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := db.Server(ctx, server.ID)
	must(t, err)
	_, err = db.User(ctx, "usr_x")
	wantCode(t, err, moorage.NotFound)
	_, err = db.APITokenByHash(ctx, []byte("x"))
	wantCode(t, err, moorage.NotFound)
	_, _, err = db.Setting(ctx, "github")
	wantCode(t, err, moorage.NotFound)
}

func TestTheAuditLogIsNeitherChangedNorShortened(t *testing.T) {
	dir := t.TempDir()
	acted(t, dir)
	file := raw(t, filepath.Join(dir, "moorage.db"))
	for _, statement := range []string{`UPDATE audit_log SET actor_login = 'x' WHERE n = 1`, `DELETE FROM audit_log WHERE n = 1`, `DELETE FROM audit_log`} {
		if _, err := file.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "the audit log is not") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestTheChainSaysWhereItIsBroken(t *testing.T) {
	const anyway = `DROP TRIGGER audit_log_is_not_changed; DROP TRIGGER audit_log_is_not_shortened; `
	for _, tt := range []struct {
		name, damage string
		at           int64
		why          string
	}{
		{"a row was changed", `UPDATE audit_log SET actor_login = 'eve' WHERE n = 5`, 5, "changed"},
		{"a detail was changed", `UPDATE audit_log SET details = '{"role":"member","x":"y"}' WHERE n = 1`, 1, "changed"},
		{"a row was taken out", `DELETE FROM audit_log WHERE n = 4`, 4, "missing"},
		{"two rows were exchanged", `UPDATE audit_log SET n = -2 WHERE n = 2; UPDATE audit_log SET n = 2 WHERE n = 3; UPDATE audit_log SET n = 3 WHERE n = -2`, 2, "follow"},
		{"the newest were taken out", `DELETE FROM audit_log WHERE n > 6`, 7, "newest"},
		{"all were taken out", `DELETE FROM audit_log`, 1, "newest"},
		{"nothing was", ``, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			db := acted(t, dir)
			damage(t, dir, anyway+tt.damage)
			chain := get[moorage.AuditChain](t)(db.AuditChain(t.Context()))
			if chain.BrokenAt != tt.at || !strings.Contains(chain.Why, tt.why) {
				t.Errorf("broken at %d: %q", chain.BrokenAt, chain.Why)
			}
		})
	}
}

func TestAuditEntriesAreChosen(t *testing.T) {
	db, clock := open(t)
	ctx := t.Context()
	write := func(by moorage.Actor, act moorage.Act, name string) {
		must(t, db.Audit(moorage.WithActor(ctx, by), moorage.Deed{Act: act, Target: moorage.Target{Kind: "server", ID: "srv_" + name, Name: name}}))
		clock.Move(time.Hour)
	}
	start := clock.Now()
	write(ada, moorage.ActServerDelete, "weather")
	write(moorage.Actor{Means: moorage.MeansToken, Login: "Grace"}, moorage.ActServerStop, "100%_weather")
	write(moorage.Actor{Means: moorage.MeansSystem}, moorage.ActBackup, "nightly")
	for _, tt := range []struct {
		filter moorage.AuditFilter
		want   string
	}{
		{moorage.AuditFilter{}, "nightly 100%_weather weather"},
		{moorage.AuditFilter{Limit: 1, Offset: 1}, "100%_weather"},
		{moorage.AuditFilter{Login: "grace"}, "100%_weather"},
		{moorage.AuditFilter{Act: moorage.ActServerDelete}, "weather"},
		{moorage.AuditFilter{Target: "WEATHER"}, "100%_weather weather"},
		{moorage.AuditFilter{Target: "%_"}, "100%_weather"},
		{moorage.AuditFilter{Target: "srv_weather"}, "weather"},
		{moorage.AuditFilter{From: start.Add(time.Hour)}, "nightly 100%_weather"},
		{moorage.AuditFilter{From: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, "100%_weather"},
		{moorage.AuditFilter{Login: "ada", Act: moorage.ActBackup}, ""},
	} {
		var names []string
		for _, e := range get[[]moorage.AuditEntry](t)(db.AuditEntries(ctx, tt.filter)) {
			names = append(names, e.Target.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%+v chooses %q, want %q", tt.filter, got, tt.want)
		}
		if tt.filter.Limit == 0 {
			wantEqual(t, "the count", get[int](t)(db.CountAuditEntries(ctx, tt.filter)), len(names))
		}
	}
	logins := get[[]string](t)(db.AuditLogins(ctx))
	wantEqual(t, "everybody", strings.Join(logins, " "), "ada Grace")
}

func damage(t *testing.T, dir, statement string) {
	t.Helper()
	_, err := raw(t, filepath.Join(dir, "moorage.db")).ExecContext(t.Context(), statement)
	must(t, err)
}
