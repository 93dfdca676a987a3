#!/bin/sh
# 离线安装样板（不需要网络）。Installs Yangban from this folder, without a network.
#
#   sudo ./install.sh                        装到 /opt/yangban，数据在 /var/lib/yangban，注册 systemd 服务
#   ./install.sh --prefix DIR --no-service   装到自己的文件夹，不注册服务
#
# 再次运行（新版本）即升级：新版本装在旧版本旁边，最后才切换；请先备份。Run again with a newer bundle to upgrade; back up first.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
prefix=/opt/yangban
data=/var/lib/yangban
service=1
while [ $# -gt 0 ]; do
	case $1 in
	--prefix) prefix=$2; shift 2 ;;
	--data) data=$2; shift 2 ;;
	--no-service) service=0; shift ;;
	*) echo "不认识的选项 unknown option: $1" >&2; exit 2 ;;
	esac
done
say() { printf '%s\n' "$*"; }
fail() { printf '错误 error: %s\n' "$*" >&2; exit 2; }
. "$here/TARGET"

[ "$(uname -m)" = "$arch" ] || fail "这是 $arch 的安装包，本机是 $(uname -m)；this bundle is for $arch"
have=$(getconf GNU_LIBC_VERSION 2>/dev/null | awk '{print $2}')
[ -n "$have" ] || fail "没有 glibc；this system has no glibc"
[ "$(printf '%s\n%s\n' "$glibc" "$have" | sort -V | head -n 1)" = "$glibc" ] || fail "glibc $have 太旧，需要 $glibc 或更新；glibc $have is older than $glibc"
say "核对文件  Checking the files"
(cd "$here" && sha256sum --quiet -c SHA256SUMS) || fail "文件与清单不符，请重新拷贝；the files differ from their checksums"

version=$(ls "$here"/wheels/yangban-*.whl | sed 's/.*yangban-\([^-]*\)-.*/\1/')
place=$prefix/versions/$version
[ ! -e "$place" ] || fail "$place 已经存在：这个版本已装过，请先移走；this version is installed"
mkdir -p "$prefix/versions"
part=$prefix/versions/.$version.$$
trap 'rm -rf "$part"' EXIT
mkdir "$part"
if [ -f "$here/cpython.tar.gz" ]; then
	tar -xzf "$here/cpython.tar.gz" -C "$part"
	python3=$part/python/bin/python$python
else
	python3=$(command -v "python$python" || true)
	[ -n "$python3" ] || fail "没有 python$python：请安装，或使用带 CPython 的安装包；python$python is not here and not in the bundle"
fi
if [ "$arch" = x86_64 ] && ! grep -q -m 1 -w avx2 /proc/cpuinfo; then
	say "CPU 没有 AVX2：改用兼容的计算库（较慢）  No AVX2: the compatible runtime of Polars is used"
else
	compat=no
fi
say "安装 $version  Installing $version"
# A virtual environment remembers where it stands: it is made at its final place, whose name only exists when all has gone well.
mv "$part" "$place"
trap 'rm -rf "$place"' EXIT
case $python3 in "$part"/*) python3=$place/${python3#"$part"/} ;; esac
"$python3" -m venv "$place/venv"
pip="$place/venv/bin/python -m pip --disable-pip-version-check --quiet install --no-index --find-links $here/wheels"
$pip --require-hashes -r "$here/requirements.txt"
[ "${compat:-}" != no ] || "$place/venv/bin/python" -m pip --disable-pip-version-check --quiet uninstall --yes polars-runtime-compat
$pip --no-deps "$here"/wheels/yangban-*.whl
"$place/venv/bin/yangban" aqi pm25=35 >/dev/null || fail "装好的程序不能运行；the installed program does not run"
trap - EXIT
ln -sfn "versions/$version" "$prefix/.current.$$"
mv -T "$prefix/.current.$$" "$prefix/current"
say "已安装：$prefix/current/venv/bin/yangban  Installed"

[ "$service" = 1 ] || exit 0
[ "$(id -u)" = 0 ] || fail "注册服务需要 root，或用 --no-service；registering the service needs root"
id yangban >/dev/null 2>&1 || useradd --system --home-dir "$data" --shell /usr/sbin/nologin yangban
mkdir -p "$data" /etc/yangban /var/backups/yangban
chown yangban: "$data" /var/backups/yangban
chmod 750 "$data" /var/backups/yangban
[ -e /etc/yangban/yangban.env ] || {
	printf '%s\n' '# 站点设置，见文档“设置”  Settings, see the documentation' '#DATABASE_URL=postgresql://yangban:…@127.0.0.1/yangban' \
		'#YANGBAN_HOSTS=example.gov.cn' '#YANGBAN_ORIGINS=https://example.gov.cn' '#YANGBAN_PROXIES=1' "YANGBAN_HOME=$data" >/etc/yangban/yangban.env
	chmod 640 /etc/yangban/yangban.env
	chgrp yangban /etc/yangban/yangban.env
}
for unit in yangban.service yangban-backup.service yangban-backup.timer; do
	sed "s#/opt/yangban#$prefix#g; s#/var/lib/yangban#$data#g" "$here/$unit" >"/etc/systemd/system/$unit"
done
systemctl daemon-reload
say "请改 /etc/yangban/yangban.env，然后 systemctl enable --now yangban yangban-backup.timer  Edit the settings, then enable the services"
