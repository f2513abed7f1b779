package deploy

// Pass is one look of a Reporter, for tests that watch each.
var Pass = (*Reporter).pass

// ReportTaker is GitHub, as the Reporter sees it.
type ReportTaker = reportTaker
