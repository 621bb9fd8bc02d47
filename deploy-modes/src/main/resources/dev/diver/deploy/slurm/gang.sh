# Runs a gang of stages in a job of Slurm: those that streams join, on one node. Read by the script of each gang,
# which says what is particular about it:
#
#   slurm     the folder of the run, which all nodes see
#   gang      its number
#   folder    where relative paths begin
#   pipes     a folder of this node's own, for named pipes
#   sees      what has to be there beside the folder
#   always    whether it also runs where the pipeline is being stopped
#   tasks     numbers of its tasks; the first parts are theirs, and carriers follow
#   whose     for each part, the place among the tasks of the one that it is, or whose bytes it carries
#   streams   for each part, whether it may be ended by SIGPIPE: its reader has had enough
#   retries   for each task, how often the gang is tried again where that fails
#   expected  for each task, the statuses that another stage reckons with, as in "1-255"
#   ends      for each part, the pipes that it opens
#   waits     function: whether all that it waits for has ended as it has to
#   prepare   function: makes what the parts need
#   part_N    function: becomes the process of part N
#
# It writes a line to events/GANG for what happens, which Diver reads; and the status of each task to status/TASK,
# which those who wait for it read.

exec 2>&1
stopped=0 cancelled=no failed= first=0 told=()

say() { printf '%s\n' "$*" >>"$slurm/events/$gang"; }

now() { date +%s%3N; }

# over STATUS: the end of the job.
over() {
  rm -rf "$pipes"
  say over "$1"
  exit "$1"
}

# trouble KIND: what the node lacks; nothing was started.
trouble() {
  say trouble "$1" "${SLURMD_NODENAME:-$HOSTNAME}"
  over 126
}

# --- Whether it runs ---------------------------------------------------------------------------------

# is_in STATUS RANGE...
is_in() {
  local status=$1 range
  shift
  for range; do
    if ((status >= ${range%-*} && status <= ${range#*-})); then return 0; fi
  done
  return 1
}

# has_succeeded TASK...
has_succeeded() {
  local task
  for task; do
    [ "$(cat "$slurm/status/$task" 2>/dev/null)" = 0 ] || return 1
  done
}

# has_ended SKIPPED RANGES TASK...: whether a stage of these tasks has ended with a status in the ranges; SKIPPED
# (yes or no) is whether it will do that one of them never ran. The status is that of the first that failed.
has_ended() {
  local skipped=$1 ranges=$2 task status=0 own
  shift 2
  for task; do
    own=$(cat "$slurm/status/$task" 2>/dev/null)
    if [ -z "$own" ]; then
      [ "$skipped" = yes ]
      return
    fi
    if ((status == 0)); then status=$own; fi
  done
  # shellcheck disable=SC2086  # words to be split
  is_in "$status" $ranges
}

# --- A try -------------------------------------------------------------------------------------------

# Each part leaves its process and its end in files, and has descriptor 7 wake who waits: a line that is lost to a
# signal is none the less. Who tells of the end outlives the signal that ends the job.
start() { # part
  (
    trap '' TERM PIPE
    (
      trap - TERM PIPE
      echo "$BASHPID" >"$pipes/.process$1"
      exec 7>&-
      "part_$1"
    )
    echo "$?" >"$pipes/.end$1"
    echo >&7
  ) &
}

# Tells all parts to end, each once; again for those that had not begun.
stop() {
  local part
  stopped=1
  for ((part = 0; part < ${#streams[@]}; part++)); do
    if [ -z "${told[$part]}" ] && [ -s "$pipes/.process$part" ] && [ ! -s "$pipes/.end$part" ]; then
      told[part]=yes
      kill "$(<"$pipes/.process$part")" 2>/dev/null
    fi
  done
}

# Lets those go on who wait for the other end of a pipe that a part has ended without opening: to have been open for
# a moment is enough (fifo(7)).
release() {
  local part pipe
  for part in "${over[@]}"; do
    for pipe in ${ends[$part]}; do
      if [ -p "$pipes/$pipe" ]; then : <>"$pipes/$pipe"; fi
    done
  done
}

ended() { # part, status
  local part=$1 status=$2 task=${whose[$1]}
  over+=("$part")
  if [ "$status" = 141 ] && [ "${streams[$part]}" = yes ]; then status=0; fi
  # it was told to end, and did so in order: what it was to do is not done
  if [ "$status" = 0 ] && [ $cancelled = yes ]; then status=143; fi
  # of a carrier only the gang's first failure is news; it is its task's, which then has nothing to add
  if ((part >= ${#tasks[@]})) && { [ "$status" = 0 ] || [ -n "$failed" ]; }; then return; fi
  if [ "${statuses[$task]:-0}" = 0 ]; then
    statuses[task]=$status
    say ended "${tasks[$task]}" "$status" "$stopped" $(($(now) - began))
  fi
  if [ "$status" != 0 ] && [ -z "$failed" ]; then
    failed=$task first=$status
    stop
  fi
}

try() {
  local part living=${#streams[@]} seen=()
  failed= first=0 stopped=0 over=() statuses=() told=()
  began=$(now)
  rm -rf "$pipes"
  mkdir -m 700 "$pipes" || trouble pipes
  mkfifo -m 600 "$pipes/.wake" || trouble pipes
  exec 7<>"$pipes/.wake"
  prepare || trouble prepare
  say began "$attempt" "${SLURMD_NODENAME:-$HOSTNAME}" "$began"
  for ((part = 0; part < ${#streams[@]}; part++)); do start "$part"; done
  while ((living > 0)); do
    read -r -t 1 <&7
    for ((part = 0; part < ${#streams[@]}; part++)); do
      if [ -z "${seen[$part]}" ] && [ -s "$pipes/.end$part" ]; then
        seen[part]=yes
        living=$((living - 1))
        ended "$part" "$(<"$pipes/.end$part")"
      fi
    done
    release
    if [ $stopped = 1 ]; then stop; fi
  done
  exec 7>&-
  wait
}

# --- The job -----------------------------------------------------------------------------------------

# What a job leaves that is lost with its node.
lost=137

# settle STATUS...: of the tasks, for those who wait for them.
settle() {
  local task file
  for task in "${tasks[@]}"; do
    file=$slurm/status/$task
    printf '%s\n' "$1" >"$file.$$" && mv "$file.$$" "$file"
    shift
  done
}

gang() {
  local left task path
  # those who wait see whether it ran at all: an end before that is none
  if ! waits || { [ $always = no ] && [ -e "$slurm/stopping" ]; }; then
    say skipped
    exit 1
  fi
  # the system's signal before it ends a job; its processes have it, too
  trap 'cancelled=yes; stop' TERM
  # shellcheck disable=SC2046  # one word for each task
  settle $(for task in "${tasks[@]}"; do echo $lost; done)
  cd "$folder" || trouble folder
  for path in "${sees[@]}"; do [ -e "$path" ] || trouble diver; done
  attempt=$((1 + ${SLURM_RESTART_COUNT:-0}))
  while true; do
    try
    [ -n "$failed" ] || break
    left=$((retries[failed] + 1 - attempt))
    if [ $cancelled = yes ] || ((left <= 0)); then break; fi
    say retried "${tasks[$failed]}" $((left - 1))
    attempt=$((attempt + 1))
  done
  settle "${statuses[@]}"
  if [ -n "$failed" ] && [ $cancelled = no ]; then
    # shellcheck disable=SC2086  # words to be split
    is_in "${statuses[$failed]}" ${expected[$failed]} || : >"$slurm/stopping"
  fi
  over "$first"
}
