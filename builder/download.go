package builder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"

	"moorage"
	"moorage/outbound"
)

const downloadTime = 10 * time.Minute // for one file

// downloads are the files that a Dockerfile ADDs from addresses. The engine
// would fetch them from the host's own network, wherever a name server or a
// redirect sends it; so they are fetched here, and the engine finds each in a
// folder of our session. The folder is named for what is in it, so that a
// folder of one name always holds the same.
type downloads struct {
	http     *http.Client
	dir      string // of this build; Close removes it
	most     int64
	progress Progress

	mu      sync.Mutex // held while a file is fetched: one at a time
	left    int64
	folders map[string]fsutil.FS // by their names
	fetched map[string]string    // names, by everything that decides what is in them
}

func newDownloads(o Options, p Progress) *downloads {
	return &downloads{
		http: outbound.NewClient(outbound.Rules{
			AnyAddress: o.AllowLocal, PlainHTTP: true, Time: downloadTime, Bytes: o.ContextBytes,
		}),
		dir: o.TempDir, most: o.ContextBytes, left: o.ContextBytes, progress: p,
		folders: map[string]fsutil.FS{}, fetched: map[string]string{},
	}
}

// Folder returns what was downloaded under this name.
func (d *downloads) Folder(name string) (fsutil.FS, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	folder, ok := d.folders[name]
	return folder, ok
}

// Close removes the files.
func (d *downloads) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.http.CloseIdleConnections()
	var failed error
	for _, folder := range d.folders {
		failed = errors.Join(failed, os.Remove(folder.(*fileFS).path))
	}
	clear(d.folders)
	return failed
}

// Fetch downloads what a source names and returns the name of its folder. The
// same source is downloaded once.
func (d *downloads) Fetch(ctx context.Context, src *pb.SourceOp) (string, error) {
	file, err := described(src)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := src.Identifier + "\n" + fmt.Sprint(src.Attrs) // Sprint sorts a map
	if name, ok := d.fetched[key]; ok {
		return name, nil
	}
	err = ownStep(d.progress, "Download "+clipLine(src.Identifier), func(note func(string, ...any)) error {
		if err := d.download(ctx, src, file); err != nil {
			return err
		}
		note("%s, %s", sizeText(file.stat.Size), file.digest)
		return nil
	})
	if err != nil {
		return "", err
	}
	name := file.folder()
	if _, twice := d.folders[name]; twice {
		os.Remove(file.path) // the same content from another address
	} else {
		d.folders[name] = file
	}
	d.fetched[key] = name
	return name, nil
}

func (d *downloads) download(ctx context.Context, src *pb.SourceOp, file *fileFS) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, src.Identifier, nil)
	if err != nil {
		return notDownloaded(src.Identifier, err)
	}
	req.Header.Set("User-Agent", "moorage")
	resp, err := d.http.Do(req)
	if err != nil {
		return notDownloaded(src.Identifier, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return moorage.Errorf(moorage.Invalid, "The Dockerfile adds a file from %s, which answers %q.", hostOf(src.Identifier), resp.Status).
			Try("Check the address in the ADD instruction.")
	}
	if when, err := http.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
		file.stat.ModTime = when.UnixNano()
	}
	return d.keep(resp.Body, src, file)
}

// keep writes the file while it is counted and its checksum is made.
func (d *downloads) keep(body io.Reader, src *pb.SourceOp, file *fileFS) error {
	out, err := os.CreateTemp(d.dir, "moorage-add-")
	if err != nil {
		return fmt.Errorf("make room for a download: %w", err)
	}
	content := sha256.New()
	into := []io.Writer{out, content}
	var claimed digest.Verifier
	if want := src.Attrs[pb.AttrHTTPChecksum]; want != "" {
		claimed = digest.Digest(want).Verifier() // described has parsed it
		into = append(into, claimed)
	}
	n, err := io.Copy(io.MultiWriter(into...), io.LimitReader(body, d.left+1))
	if err = errors.Join(err, out.Close()); err == nil {
		switch {
		case n > d.left:
			err = outbound.ErrTooBig
		case claimed != nil && !claimed.Verified():
			err = errChecksum
		}
	}
	if err != nil {
		os.Remove(out.Name())
		return d.explain(src.Identifier, err)
	}
	d.left -= n
	file.path, file.stat.Size = out.Name(), n
	file.digest = "sha256:" + hex.EncodeToString(content.Sum(nil))
	return nil
}

var errChecksum = errors.New("another checksum")

func (d *downloads) explain(address string, err error) error {
	if errors.Is(err, errChecksum) {
		return moorage.Errorf(moorage.Invalid, "The file that the Dockerfile adds from %s has another checksum than its --checksum says.", hostOf(address)).
			Try("Check what the address gives out, then correct the ADD instruction.")
	}
	if errors.Is(err, outbound.ErrTooBig) {
		return moorage.Errorf(moorage.Limited, "The files that the Dockerfile adds from addresses are bigger than %s.", sizeText(d.most)).
			Try("Download less, or in a RUN instruction.").Because(err)
	}
	return notDownloaded(address, err)
}

// notDownloaded says why, without the address that http.Client would repeat:
// its query may hold what is nobody's business.
func notDownloaded(address string, err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	host := hostOf(address)
	var told *moorage.Error
	switch {
	case errors.Is(err, outbound.ErrNotPublic):
		return moorage.Errorf(moorage.Forbidden, "The Dockerfile adds a file from %s, which is not on the public internet or sends us to where it is not.", host).
			Try("Put the file into the repository and COPY it.").Because(err)
	case errors.As(err, &told):
		return moorage.Errorf(told.Code, "The Dockerfile adds a file from %s, which cannot be downloaded. %s", host, told.Message).
			Try("Check the address in the ADD instruction, or put the file into the repository and COPY it.").Because(err)
	}
	return moorage.Errorf(moorage.Unavailable, "The file that the Dockerfile adds from %s could not be downloaded.", host).
		Try("Check the address in the ADD instruction and that its host is well, then deploy again.").Because(err)
}

// hostOf is what of an address can be shown.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		return clipLine(u.Hostname())
	}
	return "an address that cannot be read"
}

// described reads what a source says of its file. What it asks for beyond that
// (credentials, headers, a signature) the Dockerfile frontend does not write today.
func described(src *pb.SourceOp) (*fileFS, error) {
	file := &fileFS{name: src.Attrs[pb.AttrHTTPFilename]}
	file.stat.Mode = 0o600
	for name, value := range src.Attrs {
		var err error
		switch name {
		case pb.AttrHTTPFilename:
		case pb.AttrHTTPChecksum:
			_, err = digest.Parse(value)
		case pb.AttrHTTPPerm:
			file.stat.Mode, err = number(value, 0o777)
		case pb.AttrHTTPUID:
			file.stat.Uid, err = number(value, 1<<31-1)
		case pb.AttrHTTPGID:
			file.stat.Gid, err = number(value, 1<<31-1)
		default:
			err = fmt.Errorf("%s is not known", name)
		}
		if err != nil {
			return nil, moorage.Errorf(moorage.Invalid, "The Dockerfile adds a file from %s in a way that Moorage does not know.", hostOf(src.Identifier)).
				Try("Download it in a RUN instruction.").Because(err)
		}
	}
	if !fs.ValidPath(file.name) || file.name == "." || strings.ContainsAny(file.name, "/\\\x00") {
		return nil, moorage.Errorf(moorage.Invalid, "The Dockerfile adds a file from %s whose address names no file.", hostOf(src.Identifier)).
			Try("Use an address that ends with the file's name.")
	}
	file.stat.Path = file.name
	return file, nil
}

func number(text string, most uint64) (uint32, error) {
	n, err := strconv.ParseUint(text, 0, 32)
	if err == nil && n > most {
		err = strconv.ErrRange
	}
	return uint32(n), err
}
