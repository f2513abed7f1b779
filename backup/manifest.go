package backup

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"moorage"
)

// format is raised when an older Moorage could misread a backup.
const format = 1

// manifest says what a backup holds. It is the first member, so that a list of
// backups reads no more of each.
type manifest struct {
	Format  int              `json:"format"`
	Version string           `json:"moorage"` // of the program
	MadeAt  time.Time        `json:"made_at"`
	Home    string           `json:"home"`   // which Moorage
	KeyID   string           `json:"key_id"` // of the master key, hex; "": there was none
	Schema  map[string]int64 `json:"schema"` // newest migration of each file
	Files   []member         `json:"files"`
	Audit   auditHead        `json:"audit"`
}

// member is a file of a backup.
type member struct {
	Name   string           `json:"name"`
	Size   int64            `json:"size"` // bytes
	SHA256 string           `json:"sha256"`
	Rows   map[string]int64 `json:"rows,omitempty"` // of each table
}

// auditHead is where the chain of the audit log ends: with it, an audit log of
// later that was written anew from the beginning is noticed.
type auditHead struct {
	Rows int64  `json:"rows"`
	Head string `json:"head"` // hex
}

// known are the members that a backup may have besides the manifest.
var known = map[string]bool{mainName: true, logsName: true, keyName: true}

// readManifest checks the manifest of a backup before anything else is done
// with it.
func readManifest(text []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return m, errNoBackup(err)
	}
	if m.Format > format {
		return m, moorage.Errorf(moorage.Invalid, "This backup was made by a newer Moorage (%s).", m.Version).
			Try("Use that version or a later one.")
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !known[f.Name] || seen[f.Name] || f.Size < 0 {
			return m, errNoBackup(fmt.Errorf("the manifest names %q", f.Name))
		}
		seen[f.Name] = true
	}
	if !seen[mainName] || !seen[logsName] {
		return m, errNoBackup(fmt.Errorf("the manifest names no database"))
	}
	return m, nil
}

// compare says whether the databases hold what the manifest says.
func (m manifest) compare(c moorage.Contents) error {
	for _, f := range m.Files {
		if f.Name == keyName {
			continue
		}
		if !maps.Equal(f.Rows, c.Rows[f.Name]) || m.Schema[f.Name] != c.Schema[f.Name] {
			return errDamaged(fmt.Errorf("%s holds %v of schema %d, not %v of schema %d", f.Name, c.Rows[f.Name], c.Schema[f.Name], f.Rows, m.Schema[f.Name]))
		}
	}
	if m.Home != c.Home || m.Audit.Head != hex.EncodeToString(c.Audit.Head) {
		return errDamaged(fmt.Errorf("the databases are of another Moorage"))
	}
	return nil
}

func (m manifest) withKey() bool { return m.Files[len(m.Files)-1].Name == keyName }

// about is the manifest as lists show it.
func (m manifest) about(name string, size int64) moorage.Backup {
	b := moorage.Backup{Name: name, Size: size, MadeAt: m.MadeAt, Version: m.Version, Home: m.Home, KeyID: m.KeyID, WithKey: m.withKey()}
	for _, f := range m.Files {
		for _, n := range f.Rows {
			b.Rows += n
		}
	}
	return b
}

func errNoBackup(cause error) error {
	return moorage.Errorf(moorage.Invalid, "This is no backup of Moorage, or not a whole one.").
		Try("Take another one; the audit log and the list of backups say which were made.").Because(cause)
}

func errDamaged(cause error) error {
	return moorage.Errorf(moorage.Invalid, "This backup was changed or damaged after it was made.").
		Try("Take another one.").Because(cause)
}
