package feed

import (
	"context"
	"net/http"
	"sync"
	"time"

	"moorage"
	"moorage/handlers/sse"
)

// Hub holds the feeds of one audience: one for each log that somebody follows
// now. A feed goes with its last viewer.
type Hub struct {
	stopping <-chan struct{}
	ring     int // bytes that each feed keeps of what is new,
	shelf    int // and of what late viewers read

	mu    sync.Mutex // before that of a feed
	feeds map[moorage.DeploymentID]*feed
}

// NewHub returns a hub whose streams end when stopping is closed.
func NewHub(stopping <-chan struct{}) *Hub {
	return &Hub{stopping: stopping, ring: ringBytes, shelf: shelfBytes, feeds: make(map[moorage.DeploymentID]*feed)}
}

// Viewer is who follows: one request.
type Viewer struct {
	W     http.ResponseWriter
	After Cursor      // what the viewer has already
	May   func() bool // asked again and again while the stream lasts
}

// Follow sends a log after the viewer's cursor as an event stream, and then
// what comes, until it ends or the viewer leaves, stalls or may not see it any
// more. Who is cut off comes back with the cursor.
func (h *Hub) Follow(ctx context.Context, id moorage.DeploymentID, log Log, by Viewer) {
	stream, err := sse.Start(by.W)
	if err != nil {
		return
	}
	c := &connection{stream: stream, cursor: by.After, next: nowhere, news: make(chan struct{}, 1)}
	c.feed = h.join(id, log, c)
	defer h.leave(id, c)
	if c.feed.read(ctx) != nil { // what the viewer has may be newer than the feed
		return
	}
	beat := time.NewTicker(sse.Beat)
	defer beat.Stop()
	for {
		if ended, err := c.send(ctx); err != nil || ended {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-h.stopping:
			return
		case <-c.news:
		case <-c.feed.bell:
			if c.feed.read(ctx) != nil {
				return
			}
		case <-beat.C:
			if stream.Ping() != nil || !by.May() {
				return
			}
		}
	}
}

// join puts a viewer to those of a log. A feed that broke is left to those who
// are still leaving it.
func (h *Hub) join(id moorage.DeploymentID, log Log, c *connection) *feed {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.feeds[id]
	if f == nil || f.broken() {
		f = &feed{log: log, ring: h.ring, viewers: make(map[*connection]bool), shelf: shelf{most: h.shelf, read: make(map[piece]*reading)}}
		f.bell, f.stop = log.Watch()
		h.feeds[id] = f
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.viewers[c] = true
	return f
}

func (f *feed) broken() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err != nil
}

func (h *Hub) leave(id moorage.DeploymentID, c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := c.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.viewers, c)
	if len(f.viewers) > 0 {
		return
	}
	f.stop()
	if h.feeds[id] == f {
		delete(h.feeds, id)
	}
}

// connection is one viewer's place in a feed.
type connection struct {
	feed   *feed
	stream *sse.Stream
	cursor Cursor        // of what was sent
	next   int64         // the frame that follows; nowhere: the viewer is not on the ring
	news   chan struct{} // somebody has read
}

const nowhere = -1

// send sends what is in the feed and was not sent yet.
func (c *connection) send(ctx context.Context) (ended bool, err error) {
	for {
		next, closes, gone, err := c.feed.take(c.next)
		switch {
		case err != nil:
			return false, err
		case gone:
			if err := c.catchUp(ctx); err != nil {
				return false, err
			}
		case next.events != nil:
			if err := c.write(next.to, next.events); err != nil {
				return false, err
			}
			c.next++
		case closes != nil:
			return true, c.stream.Write(closes)
		default:
			return false, nil
		}
	}
}

// catchUp brings a viewer to where the ring goes on: first to the steps as they
// are now, then from piece to piece of the lines.
func (c *connection) catchUp(ctx context.Context) error {
	from, to, next := c.feed.meet(c.cursor)
	if _, err := c.feed.log.Read(from).Round(ctx, Cursor{from.Seq, to.Step}, c.write); err != nil {
		return err
	}
	for after := from.Seq; after < to.Seq; {
		end := Cursor{min(after-after%pieceLines+pieceLines, to.Seq), to.Step}
		events, err := c.feed.piece(ctx, piece{after, end})
		if err != nil {
			return err
		}
		if err := c.write(end, events); err != nil {
			return err
		}
		after = end.Seq
	}
	c.cursor, c.next = to, next
	return nil
}

func (c *connection) write(to Cursor, events []byte) error {
	c.cursor = to
	return c.stream.Write(events)
}
