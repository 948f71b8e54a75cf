#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine without a disk boots from our NICs: iPXE's own drivers, a script by TFTP, and what it says. test_ipxe.py HVNET"""
import re
import shutil
import sys
import time

from guest import LINE, Guest, Process, Server, boot_arguments, emulator, initrd, prepared, vfio_user, vhost_user
from scenario import Scenario, main

# the kernel by TFTP, a block at a time; what is larger by HTTP
SCRIPT = '''#!ipxe
kernel tftp://${{next-server}}/vmlinuz initrd=initrd {line} hvnet.booted=${{net0/mac}}
initrd http://${{next-server}}:{port}/
boot
'''


class NetworkBoot(Scenario):
    kernel = False
    machine = 'pc,graphics=off'  # the firmware speaks on the serial line
    model = ''
    nic = ''                     # more options of the NIC
    rom = ''                     # of the part ipxe; the emulator has one for its own devices
    checks = ('booted_from_the_network', 'lease', 'ping', 'traffic')

    def make_files(self):
        """what the machine boots; returns the directory that TFTP serves"""
        tftp = self.directory / 'tftp'
        tftp.mkdir()
        shutil.copy(prepared() / 'vmlinuz', tftp / 'vmlinuz')
        self.files = Server(initrd(self.directory).read_bytes())
        (tftp / 'boot.ipxe').write_text(SCRIPT.format(line=LINE, port=self.files.http_port), encoding='ascii')
        return tftp

    def serve(self):
        tftp = self.make_files()
        self.options = ('-netdev', f'user,id=n0,tftp={tftp},bootfile=boot.ipxe',
                        '-device', f'{self.model},netdev=n0,mac=52:54:00:12:34:56{self.nic}')
        super().serve()

    def attach_nic(self, path, number):
        if self.attach == 'vfio-user':
            return vfio_user(path, number, romfile=str(prepared('ipxe') / self.rom), bootindex=0)
        return vhost_user(path, number, self.qemu, options=',mac=52:54:00:12:34:56,bootindex=0')

    def booted_from_the_network(self):
        assert 'hvnet.booted=52:54:00:12:34:56' in self.up().run('cat /proc/cmdline')
        console = self.up().console()
        for said in ('Filename: boot.ipxe', r'tftp://10\.0\.2\.2/boot\.ipxe\.\.\. ok', r'tftp://10\.0\.2\.2/vmlinuz\.\.\.[ 0-9%\b]* ok'):
            assert re.search(said, console), f'no /{said}/ in: {console[:3000]}'


class E1000(NetworkBoot):
    name = 'e1000'
    model = 'e1000'
    rom = 'pxe-e1000.rom'


class Run(E1000):
    """as a user does it: QEMU is started by hvnet, and its device is told what the configuration says of it"""

    name = 'run'

    def serve(self):
        self.options = ('-nic', f"user,model=e1000,tftp={self.make_files()},bootfile=boot.ipxe,romfile={prepared('ipxe') / self.rom},bootindex=0")

    def start_emulator(self):
        return Process('emulator', [self.hvnet_program, 'run', *self.options, '--', emulator(self.qemu),
                                    *boot_arguments(self.directory, self.kernel), '-M', self.machine, '-m', self.memory], self.directory)

    def ends(self):
        guest = self.up()
        guest.check_log()
        guest.power_off()
        assert 'WARNING' not in guest.process.text(), guest.process.text()


class Rtl8139(NetworkBoot):
    """iPXE drives an 8139C+ in C+ mode, and the other chip in C mode"""

    name = 'rtl8139'
    model = 'rtl8139'
    rom = 'pxe-rtl8139.rom'
    modules = '8139cp'


class Rtl8139C(Rtl8139):
    name = 'rtl8139-c'
    nic = ',revision=0x10'
    modules = '8139too'


class Ne2kPci(NetworkBoot):
    """no kernel: 8 MiB would take minutes through a port of four bytes. A script by TFTP has another one by HTTP, which counts its own lines"""

    name = 'ne2k_pci'
    model = 'ne2k_pci'
    rom = 'pxe-ne2k_pci.rom'
    lines = 4000
    checks = ('booted_from_the_network',)

    def make_files(self):
        tftp = self.directory / 'tftp'
        tftp.mkdir()
        self.files = Server(('#!ipxe\n' + 'inc lines\n' * self.lines + 'echo hvnet.booted=${net0/mac} lines=${lines:int32}\n').encode('ascii'))
        self.write_rom(self.directory / self.rom)
        (tftp / 'boot.ipxe').write_text(f'#!ipxe\nchain http://${{next-server}}:{self.files.http_port}/\n', encoding='ascii')
        return tftp

    @staticmethod
    def write_rom(path):
        """Debian's ROM for this card says 0000:0000 where firmware looks for the card's identity; the emulator mends that for devices of its own only"""
        rom = bytearray((prepared('ipxe') / path.name).read_bytes())
        at = rom.index(b'PCIR') + 4
        assert rom[at:at + 4] in (bytes(4), bytes((0xec, 0x10, 0x29, 0x80))), rom[at:at + 4]
        rom[at:at + 4] = 0xec, 0x10, 0x29, 0x80
        rom[6] = (rom[6] - sum(rom[:rom[2] * 512])) % 256  # the sum of it all is 0
        path.write_bytes(rom)

    def attach_nic(self, path, number):
        return vfio_user(path, number, romfile=str(self.directory / self.rom), bootindex=0)

    def boot(self):
        self.guest = Guest(self.directory, self.start_emulator, boots=False)

    def booted_from_the_network(self):
        end = time.monotonic() + 120
        while f'hvnet.booted=52:54:00:12:34:56 lines={self.lines}' not in self.up().console():
            assert self.guest.process.running() and time.monotonic() < end, self.guest.console()[-3000:]
            time.sleep(0.2)

    def ends(self):
        self.up().kill()
        self.hvnet.stop()


class Pcnet(NetworkBoot):
    name = 'pcnet'
    model = 'pcnet'
    rom = 'pxe-pcnet.rom'
    modules = 'pcnet32'


class I82559c(NetworkBoot):
    """iPXE's eepro100, which polls"""

    name = 'i82559c'
    model = 'i82559c'
    rom = 'pxe-eepro100.rom'
    modules = 'e100'


class VirtioNet(NetworkBoot):
    name = 'virtio-net'
    model = 'virtio-net-pci-non-transitional'  # firmware runs a ROM whose identity is the device's, and this one has 1af4:1041
    rom = 'pxe-virtio.rom'
    modules = 'virtio_pci virtio_net'


class VhostUser(VirtioNet):
    name = 'vhost-user'
    attach = 'vhost-user'
    model = 'virtio-net-pci'


class VhostUserOldQemu(VhostUser):
    name = 'vhost-user-qemu-7.2'
    qemu = 'qemu-7.2'


if __name__ == '__main__':
    sys.exit(main('/guest/ipxe', (E1000, Run, Rtl8139, Rtl8139C, I82559c, Ne2kPci, Pcnet, VirtioNet, VhostUser, VhostUserOldQemu)))
