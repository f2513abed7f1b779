package deploy

import (
	"cmp"
	"context"
	"fmt"

	"moorage"
)

// Place does what a person or a program asks for: makes or updates the server,
// keeps its variables, and queues a deployment of it. It does not ask whose
// the server is. The error is Invalid for a slug that is none, and Conflict when
// another server has it.
func (p *Pipeline) Place(ctx context.Context, o moorage.Order) (moorage.Deployment, error) {
	if err := p.Room(ctx); err != nil { // before there is a server that nothing is deployed of
		return moorage.Deployment{}, err
	}
	s, err := p.server(ctx, o)
	if err != nil {
		return moorage.Deployment{}, err
	}
	if err := p.SetVariables(ctx, s.ID, o.Variables, o.By); err != nil {
		return moorage.Deployment{}, err
	}
	if o.Follow != 0 {
		if err := p.follow(ctx, s.ID, o.Follow); err != nil {
			return moorage.Deployment{}, err
		}
	}
	return p.Enqueue(ctx, moorage.Deployment{ServerID: s.ID, Source: s.Source, Config: s.Config, CreatedBy: o.By})
}

// server makes the server of an order, or stores how it is to be from now on.
func (p *Pipeline) server(ctx context.Context, o moorage.Order) (moorage.Server, error) {
	s := o.Server
	if s.ID != "" {
		return s, p.Database.UpdateServer(ctx, s)
	}
	if err := moorage.CheckSlug(s.Slug); err != nil {
		return s, err
	}
	s.ID, s.OwnerID, s.Status = moorage.NewServerID(p.Now()), o.By, moorage.ServerNew
	s.Name = cmp.Or(s.Name, s.Source.RegistryName(s.Slug))
	return s, p.Database.CreateServer(ctx, s)
}

// SetVariables keeps variables of a server, those that are secret sealed. A
// secret one that is left empty keeps its value.
func (p *Pipeline) SetVariables(ctx context.Context, id moorage.ServerID, given []moorage.Variable, by moorage.UserID) error {
	known, err := p.Database.Variables(ctx, id)
	if err != nil {
		return fmt.Errorf("read the variables: %w", err)
	}
	before := make(map[string]moorage.Variable, len(known))
	for _, v := range known {
		before[v.Name] = v
	}
	for _, v := range given {
		old, had := before[v.Name]
		if v.Secret {
			if v, err = p.sealed(id, v, old); err != nil {
				return err
			}
		}
		if had && unchanged(old, v) {
			continue
		}
		v.UpdatedBy, v.UpdatedAt = by, p.Now()
		if err := p.Database.SetVariable(ctx, id, v); err != nil {
			return fmt.Errorf("keep the variable %s: %w", v.Name, err)
		}
	}
	return nil
}

// sealed seals the value of a secret variable. Left empty, it keeps the value
// that it had, also when it was not secret before.
func (p *Pipeline) sealed(id moorage.ServerID, v, old moorage.Variable) (moorage.Variable, error) {
	plain := cmp.Or(v.Value, old.Value)
	if v.Value, v.Sealed = "", old.Sealed; plain == "" {
		return v, nil
	}
	sealed, err := p.Box.Seal([]byte(plain), variableRow(id, v.Name))
	if err != nil {
		return v, fmt.Errorf("seal %s: %w", v.Name, err)
	}
	v.Sealed = sealed
	return v, nil
}

func unchanged(a, b moorage.Variable) bool {
	return a.Value == b.Value && a.Secret == b.Secret && a.Required == b.Required && a.Description == b.Description && string(a.Sealed) == string(b.Sealed)
}

// variableRow is the associated data of a sealed variable: moved to another
// row it does not open.
func variableRow(id moorage.ServerID, name string) string {
	return fmt.Sprintf("variable/%s/%s", id, name)
}
