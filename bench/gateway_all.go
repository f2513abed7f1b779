package main

import (
	"context"
	"errors"
	"fmt"

	"moorage"
	"moorage/store"
)

// What the endpoint of all servers may cost, with so many behind it.
const (
	manyServers = 20
	manyTools   = 10
	mostList    = 3_000_000 // nanoseconds
	mostMemory  = 70 << 20  // bytes
)

// listing is what a client asks first; the last tool of all is in the answer.
var listing = question{`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, fmt.Sprintf(`"server-%02d__forecast_%d"`, manyServers-1, manyTools-1)}

// gatewayAll measures /mcp in a Moorage that does nothing else. No container
// runs: what a server offers is known since it was deployed.
func gatewayAll(ctx context.Context, b *bench) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := b.newHome("all")
	if _, err := h.start(ctx); err != nil {
		return err
	}
	return errors.Join(h.lists(ctx), h.stop())
}

func (h *home) lists(ctx context.Context) error {
	_, operator, err := h.operator(ctx)
	if err != nil {
		return err
	}
	if err := h.inside(ctx, func(db *store.DB) error { return moorMany(ctx, db, operator) }); err != nil {
		return err
	}
	token, err := h.token(ctx)
	if err != nil {
		return err
	}
	v := h.visitor(h.url+"/mcp", token, listing)
	if err := v.hello(ctx, "{}"); err != nil {
		return err
	}
	each, err := sequence(ctx, v.call)
	if err != nil {
		return err
	}
	memory, err := h.memory()
	if err != nil {
		return err
	}
	h.table.least(fmt.Sprintf("Gateway: the tools of %d servers with %d each, p50", manyServers, manyTools), median(each), mostList, 0)
	h.table.add("Gateway: memory of it", mebibytes(memory), "≤ "+mebibytes(mostMemory), memory <= mostMemory)
	return v.bye(ctx)
}

// moorMany makes servers that are live.
func moorMany(ctx context.Context, db *store.DB, owner moorage.User) error {
	for n := range manyServers {
		slug := fmt.Sprintf("server-%02d", n)
		s := server(owner, slug, "https://github.com/acme/"+slug)
		if err := db.CreateServer(ctx, s); err != nil {
			return err
		}
		if _, err := seedDeployment(ctx, db, s, false, 4, manyTools); err != nil {
			return err
		}
	}
	return nil
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
