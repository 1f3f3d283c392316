# A Slurm cluster of this machine alone: slurmctld and slurmd on loopback, with files of their own. Sourced after
# launch.bash. Needs root, because slurmd starts tasks as users.

for tool in slurmctld slurmd srun sbatch scontrol; do
  command -v $tool >/dev/null || skip "no $tool (Debian: slurmctld slurmd slurm-client)"
done
[ "$(id -u)" = 0 ] || skip "slurmd needs root"

cluster=$work/cluster
mkdir -p "$cluster/state" "$cluster/spool"
slurm_port=$((20000 + RANDOM % 9000))
# No plugin asks for munge: nobody but root is here. A job that is queued again waits as long as credentials hold.
cat >"$cluster/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
SlurmctldPort=$slurm_port
SlurmdPort=$((slurm_port + 1))
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=20
MpiDefault=none
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=$(hostname) Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$cluster/slurm.conf
end_of_test() {
  scancel --full --state=RUNNING 2>/dev/null
  for daemon in slurmd slurmctld; do
    [ -s "$cluster/$daemon.pid" ] && kill "$(cat "$cluster/$daemon.pid")" 2>/dev/null
  done
  sleep 1
  rm -rf "$work"
}
slurmctld -c && sleep 1 && slurmd || skip "slurmctld or slurmd do not start here: $(tail -2 "$cluster"/*.log)"
for _ in $(seq 100); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 0.2
done
sinfo -h -o %T 2>/dev/null | grep -q idle || skip "the node does not become idle: $(tail -3 "$cluster"/*.log)"
