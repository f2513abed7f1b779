package main

import (
	"fmt"
	"time"

	"moorage/views"
	"moorage/views/parts"
)

func backingUp() []screen {
	empty := views.BackupsPage{
		Shell:  shellOf("Backups", views.SectionAdmin, crumb("Admin", ""), crumb("Backups", "")),
		Folder: "/var/lib/moorage/backups", Keep: 7, Next: parts.MomentOf(now.Add(7*time.Hour), now),
	}
	many, failing, wide, off := empty, empty, empty, empty
	for n := range 7 {
		many.Rows = append(many.Rows, views.BackupRow{
			Name: fmt.Sprintf("moorage-2026-11-%02dT021700Z.tar.gz", 20-n), Made: ago(time.Duration(17+24*n) * time.Hour), Size: "12.4 MB", Rows: 48_213, Version: "1.2.0", KeyID: "af320b7f3ad23a6d",
		})
	}
	many.Shell.Toast = "moorage-2026-11-20T021700Z.tar.gz is made and verified."
	failing.Rows = []views.BackupRow{many.Rows[1], {Name: many.Rows[2].Name, Made: ago(65 * time.Hour), Size: "0 B", Damaged: "This is no backup of Moorage, or not a whole one."}}
	failing.Trouble = &parts.Trouble{Message: "There is no room for a backup in /var/lib/moorage/backups: 96 MB are free, and 300 MB are needed.", Next: "Free some space, or name another folder with MOORAGE_BACKUPS. The backups that there are stay."}
	wide.Folder = "/" + long
	wide.Rows = []views.BackupRow{{Name: long, Made: ago(time.Hour), Size: "999.9 MB", Rows: 1 << 40, Version: long, KeyID: long}, {Name: hostile, Made: ago(time.Hour), Damaged: hostile}}
	off.Off, off.Folder, off.Next = true, "", parts.Moment{}
	return []screen{
		{"backups/empty", views.Backups(empty)},
		{"backups/many", views.Backups(many)},
		{"backups/failing", views.Backups(failing)},
		{"backups/long", views.Backups(wide)},
		{"backups/off", views.Backups(off)},
	}
}
