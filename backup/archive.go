package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxManifest bounds what is read of a file that may be anybody's.
const maxManifest = 1 << 20 // bytes

// pack writes the manifest and the files of a folder that it names.
func pack(ctx context.Context, w io.Writer, m manifest, dir string) error {
	zipped, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zipped)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := packMember(ctx, archive, m, manifestName, int64(len(text)), bytes.NewReader(text)); err != nil {
		return err
	}
	for _, f := range m.Files {
		if err := packFile(ctx, archive, m, f, dir); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zipped.Close())
}

func packFile(ctx context.Context, archive *tar.Writer, m manifest, f member, dir string) error {
	r, err := os.Open(filepath.Join(dir, f.Name))
	if err != nil {
		return err
	}
	defer r.Close()
	return packMember(ctx, archive, m, f.Name, f.Size, r)
}

func packMember(ctx context.Context, archive *tar.Writer, m manifest, name string, size int64, r io.Reader) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: m.MadeAt, Format: tar.FormatPAX}); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if _, err := io.Copy(archive, patient{ctx, r}); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return nil
}

// unpack reads a backup: the manifest, and what it names into a folder, or
// nowhere when that is "". A member that is missing, too many, longer or
// shorter, or other than its hash says, is an error.
func unpack(ctx context.Context, r io.Reader, dir string) (manifest, error) {
	archive, unzipped, m, err := begin(ctx, r)
	if err != nil {
		return m, err
	}
	for _, f := range m.Files {
		h, err := archive.Next()
		if err != nil {
			return m, errDamaged(err)
		}
		if h.Name != f.Name || h.Size != f.Size || h.Typeflag != tar.TypeReg {
			return m, errDamaged(fmt.Errorf("%q stands where %q should", h.Name, f.Name))
		}
		if err := unpackMember(archive, f, dir); err != nil {
			return m, err
		}
	}
	_, err = archive.Next()
	n, last := io.Copy(io.Discard, unzipped) // up to the checksum
	if !errors.Is(err, io.EOF) || n > 0 || last != nil {
		return m, errDamaged(errors.Join(errors.New("it does not end after the last member"), last))
	}
	return m, nil
}

// begin reads as far as the manifest.
func begin(ctx context.Context, r io.Reader) (archive *tar.Reader, unzipped *gzip.Reader, m manifest, err error) {
	if unzipped, err = gzip.NewReader(patient{ctx, r}); err != nil {
		return nil, nil, m, errNoBackup(err)
	}
	archive = tar.NewReader(unzipped)
	h, err := archive.Next()
	if err != nil {
		return nil, nil, m, errNoBackup(err)
	}
	if h.Name != manifestName || h.Size > maxManifest {
		return nil, nil, m, errNoBackup(fmt.Errorf("it begins with %q", h.Name))
	}
	text, err := io.ReadAll(archive)
	if err != nil {
		return nil, nil, m, errNoBackup(err)
	}
	m, err = readManifest(text)
	return archive, unzipped, m, err
}

func unpackMember(r io.Reader, f member, dir string) error {
	if dir == "" {
		return unpackTo(io.Discard, r, f)
	}
	to, err := os.OpenFile(filepath.Join(dir, f.Name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", f.Name, err)
	}
	return errors.Join(unpackTo(to, r, f), to.Sync(), to.Close())
}

func unpackTo(w io.Writer, r io.Reader, f member) error {
	sum := sha256.New()
	if err := copied(io.MultiWriter(w, sum), r); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.SHA256 {
		return errDamaged(fmt.Errorf("the SHA-256 of %s is %s, not %s", f.Name, got, f.SHA256))
	}
	return nil
}

// copied tells a backup that cannot be read from a disk that cannot be written.
func copied(w io.Writer, r io.Reader) error {
	_, err := io.Copy(writing{w}, r)
	var full writeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &full):
		return full.error
	}
	return errDamaged(err)
}

type writing struct{ io.Writer }

func (w writing) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = writeError{err}
	}
	return n, err
}

type writeError struct{ error }

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// measure makes the members of a manifest out of the files of a folder.
func measure(ctx context.Context, dir string, rows map[string]map[string]int64, names ...string) ([]member, error) {
	var files []member
	for _, name := range names {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		size, err := io.Copy(sum, patient{ctx, f})
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		files = append(files, member{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil)), Rows: rows[name]})
	}
	return files, nil
}
