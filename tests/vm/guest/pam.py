"""A host application of Linux-PAM."""
import ctypes
import ctypes.util
import time

AUTH_SUCCESS = 0
PROMPTS = (1, 2)  # PAM_PROMPT_ECHO_OFF, _ON


class Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


CONVERSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(Message)),
                            ctypes.POINTER(ctypes.POINTER(Response)), ctypes.c_void_p)


class Conversation(ctypes.Structure):
    _fields_ = [("converse", CONVERSE), ("data", ctypes.c_void_p)]


libpam = ctypes.CDLL("libpam.so.0")
libc = ctypes.CDLL(None)
libc.calloc.restype = ctypes.c_void_p
libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
libc.strdup.restype = ctypes.c_void_p
libc.strdup.argtypes = [ctypes.c_char_p]
libpam.pam_start.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(Conversation), ctypes.POINTER(ctypes.c_void_p)]
libpam.pam_authenticate.argtypes = [ctypes.c_void_p, ctypes.c_int]
libpam.pam_end.argtypes = [ctypes.c_void_p, ctypes.c_int]


def authenticate(service, user, answers=()):
    """(result, seconds from pam_start to pam_end, what was said)."""
    waiting, said = list(answers), []

    def converse(count, messages, responses, _data):
        out = libc.calloc(count, ctypes.sizeof(Response))
        array = ctypes.cast(out, ctypes.POINTER(Response))
        for i in range(count):
            message = messages[i].contents
            said.append(message.text.decode())
            if message.style in PROMPTS:
                array[i].text = libc.strdup(waiting.pop(0).encode() if waiting else b"")
        responses[0] = array
        return 0

    conversation = Conversation(CONVERSE(converse), None)
    handle = ctypes.c_void_p()
    began = time.perf_counter()
    if libpam.pam_start(service.encode(), user.encode(), ctypes.byref(conversation), ctypes.byref(handle)) != 0:
        raise AssertionError("pam_start failed")
    result = libpam.pam_authenticate(handle, 0)
    libpam.pam_end(handle, result)
    return result, time.perf_counter() - began, said
