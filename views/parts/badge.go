package parts

import "moorage"

// Tone is the colour of a state. It never stands without a word and an icon.
type Tone string

const (
	ToneQuiet Tone = "quiet"
	ToneBusy  Tone = "busy"
	ToneGood  Tone = "good"
	ToneBad   Tone = "bad"
	ToneWarn  Tone = "warn"
)

// Face is how a state looks: a word, a tone and an icon.
type Face struct {
	Word string
	Tone Tone
	Icon string
}

// DeploymentFace is the face of a deployment's status.
func DeploymentFace(s moorage.DeploymentStatus) Face {
	switch s {
	case moorage.StatusQueued:
		return Face{"Queued", ToneQuiet, "clock"}
	case moorage.StatusCloning:
		return Face{"Cloning", ToneBusy, "spinner"}
	case moorage.StatusBuilding:
		return Face{"Building", ToneBusy, "spinner"}
	case moorage.StatusPushing:
		return Face{"Pushing", ToneBusy, "spinner"}
	case moorage.StatusStarting:
		return Face{"Starting", ToneBusy, "spinner"}
	case moorage.StatusProbing:
		return Face{"Probing", ToneBusy, "spinner"}
	case moorage.StatusLive:
		return Face{"Live", ToneGood, "check"}
	case moorage.StatusRetired:
		return Face{"Retired", ToneQuiet, "archive"}
	case moorage.StatusSuperseded:
		return Face{"Superseded", ToneQuiet, "skip"}
	case moorage.StatusFailed:
		return Face{"Failed", ToneBad, "cross"}
	case moorage.StatusCancelled:
		return Face{"Cancelled", ToneQuiet, "stop"}
	default:
		return Face{string(s), ToneQuiet, "dot"}
	}
}

// StepFace is the face of a step's status.
func StepFace(s moorage.StepStatus) Face {
	switch s {
	case moorage.StepRunning:
		return Face{"running", ToneBusy, "spinner"}
	case moorage.StepDone:
		return Face{"done", ToneGood, "check"}
	case moorage.StepFailed:
		return Face{"failed", ToneBad, "cross"}
	case moorage.StepCancelled:
		return Face{"cancelled", ToneQuiet, "stop"}
	default:
		return Face{string(s), ToneQuiet, "dot"}
	}
}

// ServerFace is the face of a server's status.
func ServerFace(s moorage.ServerStatus, failing bool) Face {
	switch {
	case failing && s == moorage.ServerLive:
		return Face{"Live, with trouble", ToneWarn, "warn"}
	case failing:
		return Face{"Failing", ToneBad, "cross"}
	case s == moorage.ServerLive:
		return Face{"Live", ToneGood, "check"}
	case s == moorage.ServerNew:
		return Face{"Not deployed yet", ToneQuiet, "clock"}
	case s == moorage.ServerStopped:
		return Face{"Stopped", ToneQuiet, "stop"}
	default:
		return Face{string(s), ToneQuiet, "dot"}
	}
}

// HealthFace is the face of how a live server is.
func HealthFace(s moorage.HealthState) Face {
	switch s {
	case moorage.HealthIdle:
		return Face{"Idle", ToneQuiet, "moon"}
	case moorage.HealthHealthy:
		return Face{"Healthy", ToneGood, "check"}
	case moorage.HealthUnhealthy:
		return Face{"Unhealthy", ToneBad, "warn"}
	case moorage.HealthFailing:
		return Face{"Failing", ToneBad, "cross"}
	default:
		return Face{string(s), ToneQuiet, "dot"}
	}
}

// InstanceFace is the face of a container's status.
func InstanceFace(s moorage.InstanceStatus) Face {
	switch s {
	case moorage.InstanceStarting:
		return Face{"Starting", ToneBusy, "spinner"}
	case moorage.InstanceReady:
		return Face{"Ready", ToneGood, "check"}
	case moorage.InstanceDraining:
		return Face{"Draining", ToneQuiet, "clock"}
	default:
		return Face{string(s), ToneQuiet, "dot"}
	}
}
