package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"moorage/handlers/api"
)

const serversHelp = `Lists the servers that you may call at the Moorage of MOORAGE_URL, yours first, by
name; an admin sees all.

Examples:
  moorage servers
  moorage servers --search weather
  moorage servers --json` + remoteHelp

const serverPage = 200 // rows of one request

// servers lists what is there.
func servers(ctx context.Context, p process, args []string) error {
	flags := newFlags(p, "servers")
	search := flags.String("search", "", "only those whose name, title or repository holds this `text`")
	asJSON := flags.Bool("json", false, "print one JSON document, for programs")
	if _, err := flags.parse(args); err != nil {
		return err
	}
	r, err := newRemote(p.getenv)
	if err != nil {
		return err
	}
	list, err := r.servers(ctx, *search)
	switch {
	case err != nil:
		return err
	case *asJSON:
		return writeJSON(p.stdout, list)
	case len(list.Servers) == 0 && *search != "":
		fmt.Fprintln(p.stderr, "No server is found.")
		return nil
	case len(list.Servers) == 0:
		fmt.Fprintln(p.stderr, "There are no servers yet. moorage deploy <git-url> --follow makes one.")
		return nil
	}
	return printServers(p.stdout, list.Servers)
}

// servers reads all pages of the list.
func (r remote) servers(ctx context.Context, search string) (api.ServerList, error) {
	all := api.ServerList{Servers: []api.Server{}}
	query := url.Values{"limit": {strconv.Itoa(serverPage)}}
	if search != "" {
		query.Set("search", search)
	}
	for {
		var page api.ServerList
		if err := r.fetch(ctx, http.MethodGet, "/api/servers?"+query.Encode(), nil, &page); err != nil {
			return all, err
		}
		all.Servers = append(all.Servers, page.Servers...)
		if page.NextCursor == "" {
			return all, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

func printServers(w io.Writer, list []api.Server) error {
	rows := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "NAME\tOWNER\tSTATUS\tTOOLS\tUPDATED\tFROM\tENDPOINT")
	for _, s := range list {
		from := s.Repo
		if s.Subdir != "" {
			from += "/" + s.Subdir
		}
		if s.Branch != "" {
			from += "@" + s.Branch
		}
		endpoint := "-"
		if s.LiveDeploymentID != "" {
			endpoint = s.Endpoint
		}
		fmt.Fprintf(rows, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", s.Slug, cell(s.Owner), s.Status, s.Tools, s.UpdatedAt.Local().Format("2006-01-02 15:04"),
			cell(from), cell(endpoint))
	}
	return rows.Flush()
}

// cell is a text that stays on its line and in its column.
func cell(text string) string {
	return cmp.Or(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, plain(text)), "-")
}
