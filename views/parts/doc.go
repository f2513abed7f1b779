// Package parts holds what several pages share: badges, times, troubles, tables,
// the lines of a log.
package parts
