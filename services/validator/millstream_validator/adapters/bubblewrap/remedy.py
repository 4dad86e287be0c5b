"""Why a machine refuses to put up walls, and what its owner can do about it."""

from pathlib import Path

# setting -> the value that forbids user namespaces, and the way out
USER_NAMESPACE_SETTINGS = {
    "kernel.unprivileged_userns_clone": ("0", "sysctl kernel.unprivileged_userns_clone=1"),
    "user.max_user_namespaces": ("0", "sysctl user.max_user_namespaces=10000"),
    "kernel.apparmor_restrict_unprivileged_userns": (
        "1",
        "give bwrap an AppArmor profile that allows 'userns', or "
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    ),
}
CONTAINER_REMEDY = (
    "this process already runs under a seccomp filter, such as a container's: give the container "
    "a seccomp profile that allows clone, unshare, mount, umount2, pivot_root and setns "
    "(Docker: --security-opt seccomp=PROFILE.json), or CAP_SYS_ADMIN to its root user"
)
NO_REMEDY_KNOWN = "start as root with CAP_SYS_ADMIN, or allow unprivileged user namespaces"


def remedies() -> str:
    """Return what to change on this machine, most likely reason first, as one sentence."""
    found = [
        f"{setting} is {forbidding}: {remedy}"
        for setting, (forbidding, remedy) in USER_NAMESPACE_SETTINGS.items()
        if _sysctl(setting) == forbidding
    ]
    if _is_filtered():
        found.append(CONTAINER_REMEDY)
    return "; ".join(found) or NO_REMEDY_KNOWN


def _sysctl(setting: str) -> str | None:
    file = Path("/proc/sys", *setting.split("."))
    return file.read_text().strip() if file.exists() else None


def _is_filtered() -> bool:
    status = Path("/proc/self/status").read_text()
    return any(line.split() == ["Seccomp:", "2"] for line in status.splitlines())
