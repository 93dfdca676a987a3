"""The site: public pages from frozen releases, the desk of the staff, the programming interface. Django lives here and nowhere below.

``config`` holds settings and addresses; ``accounts`` who may do what; ``jobs`` work in the background; ``public`` what everyone reads;
``monitor`` what the staff does to readings and releases, ``desk`` its pages; ``api`` the interface for programs.
"""
