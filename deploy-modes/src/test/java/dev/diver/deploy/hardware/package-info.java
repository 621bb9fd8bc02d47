@NullMarked
package dev.diver.deploy.hardware;

import org.jspecify.annotations.NullMarked;
