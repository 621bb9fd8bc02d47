package dev.diver.deploy.hypervisor;

import dev.diver.deploy.Network;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a machine's network needs of this host, looked at right before the machine starts. */
public final class HostNetwork {

  /** Below it, only a privileged user may take a port (ip(7)). */
  private static final int UNPRIVILEGED = 1024;

  private HostNetwork() {}

  /** CONFLICT or DENIED where a port cannot be had; NOT_FOUND where there is no such tap. */
  public static void require(Network network) {
    switch (network) {
      case Network.None _ -> {}
      case Network.User user -> user.published().forEach(HostNetwork::requireFree);
      case Network.Tap(String name) -> requireTap(name);
    }
  }

  private static void requireFree(Network.Forward forward) {
    InetSocketAddress address = new InetSocketAddress(forward.address(), forward.host());
    try {
      if (forward.udp()) {
        new DatagramSocket(address).close();
      } else {
        try (ServerSocket socket = new ServerSocket()) {
          socket.setReuseAddress(true); // as QEMU does: a connection that has ended is no obstacle
          socket.bind(address);
        }
      }
    } catch (IOException e) {
      boolean low = forward.host() < UNPRIVILEGED;
      throw new Failure(
              low ? Failure.Kind.DENIED : Failure.Kind.CONFLICT,
              "Port "
                  + forward.host()
                  + " of "
                  + forward.address()
                  + " cannot be published: "
                  + e.getMessage()
                  + ".",
              "Publish another one, as in -p "
                  + (low ? 8080 : forward.host() + 1)
                  + ":"
                  + forward.guest()
                  + ".")
          .exception(e);
    }
  }

  private static void requireTap(String name) {
    if (!Files.exists(Path.of("/sys/class/net", name, "tun_flags"))) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "There is no tap interface " + name + " here.",
              "Make it: sudo ip tuntap add dev "
                  + name
                  + " mode tap user $USER && sudo ip link set "
                  + name
                  + " up")
          .exception();
    }
  }
}
