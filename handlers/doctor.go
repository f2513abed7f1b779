package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"moorage/doctor"
	"moorage/views"
	"moorage/views/parts"
)

// doctorPage serves what the doctor says of what Moorage leans on.
type doctorPage struct {
	checks []doctor.Check
	now    clock
}

// Show handles "GET /admin/doctor". The page asks for the findings by itself.
func (h doctorPage) Show(c echo.Context) error {
	return render(c, http.StatusOK, views.Doctor(h.page(c)), nil)
}

func (h doctorPage) page(c echo.Context) views.DoctorPage {
	return views.DoctorPage{Shell: shell(c, views.SectionAdmin, "Doctor", views.Crumb{Label: "Admin"}), FindingsURL: "/admin/doctor/findings"}
}

// Findings handles "GET /admin/doctor/findings": looks, which may take a while.
func (h doctorPage) Findings(c echo.Context) error {
	results := doctor.Examine(c.Request().Context(), h.checks)
	v := views.DoctorFindings{Says: verdict(results), At: parts.MomentOf(h.now(), h.now())}
	for _, r := range results {
		v.Rows = append(v.Rows, views.DoctorRow{Name: strings.ToUpper(r.Name[:1]) + r.Name[1:], Face: doctorFace(r.State), Says: r.Says, Try: r.Try})
	}
	page := h.page(c)
	page.Findings = &v
	return render(c, http.StatusOK, views.Doctor(page), views.Findings(v))
}

func doctorFace(s doctor.State) parts.Face {
	return map[doctor.State]parts.Face{
		doctor.OK:      {Word: "OK", Tone: parts.ToneGood, Icon: "check"},
		doctor.Warning: {Word: "Warning", Tone: parts.ToneWarn, Icon: "warn"},
		doctor.Failing: {Word: "Failing", Tone: parts.ToneBad, Icon: "cross"},
	}[s]
}

// verdict sums up.
func verdict(results []doctor.Result) string {
	count := map[doctor.State]int{}
	for _, r := range results {
		count[r.State]++
	}
	switch doctor.Worst(results) {
	case doctor.Failing:
		return fmt.Sprintf("%d of %d checks fail", count[doctor.Failing], len(results))
	case doctor.Warning:
		return "Nothing fails, and some could be better"
	}
	return "All is well"
}
