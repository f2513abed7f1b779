package auth

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"moorage"
)

// NotAllowed is in the chain when GitHub knows a person and nobody let them in.
type NotAllowed struct {
	Login string // who they are at GitHub
}

func (e *NotAllowed) Error() string {
	return e.Login + " is neither an admin nor named by an access rule"
}

// roleOf says as what a person may come in: admin by the configuration or
// because they are one here already, member by an access rule; Forbidden
// otherwise. The rules are read anew at every sign-in. known is the zero User
// for somebody new.
func (a *Auth) roleOf(ctx context.Context, known moorage.User, who person, token string) (moorage.Role, error) {
	if known.Role == moorage.RoleAdmin || a.configuredAdmin(who.id, who.login) {
		return moorage.RoleAdmin, nil
	}
	rules, err := a.db.AccessRules(ctx)
	if err != nil {
		return "", fmt.Errorf("list access rules: %w", err)
	}
	allowed, err := a.allowed(ctx, rules, who, token)
	if err != nil {
		return "", err
	}
	if !allowed {
		return "", moorage.Errorf(moorage.Forbidden, "The GitHub account %s may not sign in to this Moorage.", who.login).
			Try("Ask one of its admins to allow %s, or an organisation that you are a member of.", who.login).
			Because(&NotAllowed{Login: who.login})
	}
	return moorage.RoleMember, nil
}

func (a *Auth) configuredAdmin(id int64, login string) bool {
	return a.admins[strings.ToLower(login)] || a.admins[strconv.FormatInt(id, 10)]
}

// allowed asks GitHub for organisations only when no rule names the person.
func (a *Auth) allowed(ctx context.Context, rules []moorage.AccessRule, who person, token string) (bool, error) {
	var organisations []string
	for _, rule := range rules {
		switch rule.Kind {
		case moorage.AccessUser:
			if strings.EqualFold(rule.Name, who.login) {
				return true, nil
			}
		case moorage.AccessOrganisation:
			organisations = append(organisations, rule.Name)
		}
	}
	if len(organisations) == 0 {
		return false, nil
	}
	memberOf, err := a.github.Organisations(ctx, token)
	if err != nil {
		return false, fmt.Errorf("ask for the organisations of %s: %w", who.login, err)
	}
	return slices.ContainsFunc(memberOf, func(is string) bool {
		return slices.ContainsFunc(organisations, func(may string) bool { return strings.EqualFold(is, may) })
	}), nil
}

// MayManage reports whether user may see and change everything of server: admins
// of all, others of what is theirs.
func MayManage(user moorage.User, server moorage.Server) bool {
	return user.ID != "" && (user.Role == moorage.RoleAdmin || user.ID == server.OwnerID)
}

// MayCall reports whether user may call server: who may manage it, and with
// whom it is shared. A token may narrow it: see moorage.Scope.
func MayCall(user moorage.User, server moorage.Server) bool {
	switch {
	case user.ID == "":
		return false
	case MayManage(user, server):
		return true
	case server.Sharing == moorage.SharingPeople:
		return slices.Contains(server.People, user.ID)
	}
	return server.Sharing == moorage.SharingEveryone
}
