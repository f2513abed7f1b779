package runner

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"moorage"
	"moorage/jsonrpc"
	"moorage/pins"
)

// News is a bell: an instance can be asked from now on, lists something else,
// or has ended by itself. It is for one listener.
func (r *Runner) News() <-chan struct{} { return r.news }

// Running returns the instances that can be asked. One over stdio to which
// nobody has talked yet is not among them: who greets it, and how, is for its
// clients.
func (r *Runner) Running() []moorage.Running {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []moorage.Running
	for _, i := range r.instances {
		if open, unread := i.aside.isOpen(); open && !i.leaving {
			found = append(found, moorage.Running{ServerID: i.spec.Server, Deployment: i.spec.Deployment, Instance: i.spec.Instance, StartedAt: i.startedAt, Unread: unread})
		}
	}
	return found
}

// Check asks an instance how it is: at its address /health where that answered
// 200 before, else by ping, or server/discover in the modern era. Any answer will
// do, an error too: not every server knows the question. It returns how long that
// took. The error is Unavailable when there is no answer in time, and Conflict
// when the instance is to be asked no more.
func (r *Runner) Check(ctx context.Context, id moorage.InstanceID) (took time.Duration, err error) {
	err = r.aside(ctx, id, func(ctx context.Context, inst *instance) (asked string, err error) {
		if asked, took, err = inst.healthPage(ctx); asked != "" {
			return asked, err
		}
		for range 2 { // a server may forget a conversation; it is well when it begins another
			if asked, took, err = r.ping(ctx, inst); !errors.Is(err, errLinkClosed) {
				break
			}
		}
		return asked, err
	})
	r.note(id, moorage.ErrorCode(err) == moorage.Unavailable)
	return took, err
}

// note keeps new sessions off a replica that did not answer, until it does.
func (r *Runner) note(id moorage.InstanceID, silent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if inst := r.instances[id]; inst != nil {
		inst.silent = silent
	}
}

func (r *Runner) ping(ctx context.Context, inst *instance) (asked string, took time.Duration, err error) {
	if err := r.begin(ctx, inst); err != nil {
		return methodInitialize, 0, err
	}
	began := time.Now()
	if modern, _ := inst.aside.speaks(); modern {
		asked, err = "server/discover", inst.aside.discover(ctx)
	} else {
		asked = "ping"
		_, err = inst.aside.ask(ctx, asked, map[string]any{})
	}
	var no *moorage.RPCError
	if errors.As(err, &no) && no.Code != jsonrpc.CodeServerGone {
		err = nil
	}
	return asked, time.Since(began), err
}

// Lists reads what an instance lists and was not read since it started, or said
// that it is something else: each kind whole. What it cannot list is left out. The
// error is as that of Check.
func (r *Runner) Lists(ctx context.Context, id moorage.InstanceID) (map[moorage.OfferKind][]moorage.Offer, error) {
	found := map[moorage.OfferKind][]moorage.Offer{}
	err := r.aside(ctx, id, func(ctx context.Context, inst *instance) (asked string, err error) {
		if err := r.begin(ctx, inst); err != nil {
			return methodInitialize, err
		}
		if modern, known := inst.aside.speaks(); modern && !known {
			if err := inst.aside.discover(ctx); err != nil {
				return "server/discover", err
			}
		}
		return inst.aside.lists(ctx, found)
	})
	return found, err
}

// lists reads the lists that were not read.
func (a *aside) lists(ctx context.Context, found map[moorage.OfferKind][]moorage.Offer) (asked string, err error) {
	a.mu.Lock()
	said := a.said
	a.mu.Unlock()
	if a.begins(moorage.OfferInstructions) {
		if offers, err := pins.Instructions(said.Instructions); err == nil {
			found[moorage.OfferInstructions] = offers
		}
	}
	declares := map[moorage.OfferKind]bool{moorage.OfferTool: said.Tools, moorage.OfferPrompt: said.Prompts,
		moorage.OfferResource: said.Resources, moorage.OfferTemplate: said.Resources}
	for _, l := range append([]list{toolList}, sideLists...) {
		if !a.begins(l.kind) || !declares[l.kind] {
			continue
		}
		offers, err := l.read(ctx, a.ask)
		var no *moorage.RPCError
		var unusable *moorage.Error
		switch {
		case err == nil:
			found[l.kind] = offers
		case errors.As(err, &no) && no.Code != jsonrpc.CodeServerGone, errors.As(err, &unusable):
		default:
			a.mu.Lock()
			a.unread[l.kind] = true
			a.mu.Unlock()
			return l.method, err
		}
	}
	return "", nil
}

// begins takes a kind as read, and reports whether it was not: what the server
// says to be something else from now on is read again.
func (a *aside) begins(kind moorage.OfferKind) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.unread[kind]
	delete(a.unread, kind)
	return was
}

// aside lets do something that asks an instance, within the time of a check,
// and says for a person why there was no answer.
func (r *Runner) aside(ctx context.Context, id moorage.InstanceID, do func(context.Context, *instance) (asked string, err error)) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.work.Done()
	r.mu.Lock()
	inst := r.instances[id]
	r.mu.Unlock()
	if inst == nil {
		return errGoing()
	}
	timed, cancel := context.WithTimeout(ctx, r.o.CheckTimeout)
	defer cancel()
	asked := "what it was asked before"
	done, err := inst.aside.take(timed)
	if err == nil {
		defer done()
		asked, err = do(timed, inst)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	r.mu.Lock()
	leaving := inst.leaving
	r.mu.Unlock()
	if leaving {
		return errGoing()
	}
	return inst.unanswered(asked, r.o.CheckTimeout, err)
}

// unanswered says why what was asked has no answer.
func (i *instance) unanswered(asked string, timeout time.Duration, err error) error {
	const next = "Look at its output. If it does not come back by itself, deploy it again."
	var told *moorage.Error
	var no *moorage.RPCError
	switch {
	case errors.As(err, &told):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return moorage.Errorf(moorage.Unavailable, "The server did not answer %s within %s.", asked, duration(timeout)).Try(next).Because(err)
	case errors.As(err, &no) && no.Code == jsonrpc.CodeServerGone:
		return moorage.Errorf(moorage.Unavailable, "%s", i.masker.Mask(no.Message)).Try(next).Because(err)
	}
	return moorage.Errorf(moorage.Unavailable, "The server did not answer %s.", asked).Try(next).Because(err)
}

// page says whether a server over HTTP has an address that tells how it is.
type page int

const (
	pageUnknown page = iota
	pageThere
	pageNone
)

const healthPath = "/health"

// healthPage asks at that address; asked is "" when there is none. Whether there
// is one is learnt from the first answer of each instance.
func (i *instance) healthPage(ctx context.Context) (asked string, took time.Duration, err error) {
	a := i.aside
	a.mu.Lock()
	known := a.page
	a.mu.Unlock()
	if !i.spec.Run.Transport.Listens() || i.spec.Run.Endpoint() == healthPath || known == pageNone {
		return "", 0, nil
	}
	began := time.Now()
	status, err := getStatus(ctx, (&url.URL{Scheme: "http", Host: i.container.Addr(), Path: healthPath}).String())
	took = time.Since(began)
	if known == pageThere {
		if err == nil && status != http.StatusOK {
			err = moorage.Errorf(moorage.Unavailable, "The server says at %s that it is not well: HTTP status %d.", healthPath, status).Try("Look at its output.")
		}
		return healthPath, took, err
	}
	if err != nil {
		return "", 0, nil // it is asked otherwise, and that says why not
	}
	known = pageNone
	if status == http.StatusOK {
		known, asked = pageThere, healthPath
	}
	a.mu.Lock()
	a.page = known
	a.mu.Unlock()
	return asked, took, nil
}

func getStatus(ctx context.Context, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", "moorage")
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	var told *url.Error
	if errors.As(err, &told) {
		return 0, told.Err
	}
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
